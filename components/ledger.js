function term(one, choose) {
  return [
    one.sign && h("span", { key: "sign-" + one.key, class: "sign", "aria-hidden": "true" }, one.sign),
    h("span", { key: one.key, class: "term" },
      h("span", { class: "label" }, one.label),
      h("span", { class: "value open", ...press(() => choose(one.key)) }, one.value)),
  ];
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const choose = (key) => setTriggerValue("open", key);
  draw(parentElement, [h("div", { class: "ledger" },
    data.terms.map((one) => term(one, choose)),
    h("span", { key: "sums", class: "sums" },
      h("span", { class: "label" }, data.checked),
      h("span", { class: "total b" }, line(data.sums))))]);
}
