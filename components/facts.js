export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const facts = data.facts.map((fact) => {
    const opened = fact.key ? { class: "open", ...press(() => setTriggerValue("open", fact.key)) } : {};
    return h("span", { class: "fact" }, h("span", { class: "i2" }, fact.label), h("span", opened, line(fact.line)));
  });
  draw(parentElement, [h("div", { class: "facts" }, facts)]);
}
