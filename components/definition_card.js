function fraction(pair, bold) {
  if (!pair[1]) return pair[0] && h("span", { class: bold ? "b" : "" }, pair[0]);
  return h("span", { class: "fraction" + (bold ? " b" : "") }, h("span", { class: "over" }, pair[0]), h("span", null, pair[1]));
}

function formula(data) {
  const parts = [fraction(data.words, false), fraction(data.numbers, true), data.value && h("b", { class: "nw" }, data.value)];
  return parts.filter(Boolean).flatMap((part, i) => (i ? [h("span", { class: "is" }, "＝"), part] : [part]));
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const choose = (key) => setTriggerValue("open", key);
  const check = data.check;
  const checked = check && (isLit(check.lamp) ? tag(check.lamp, check.text) : h("span", { class: "i2" }, check.text));
  draw(parentElement, [h("div", { class: "definition" },
    data.variant && h("div", { class: "variant i2" }, data.variant),
    h("div", { class: "formula" }, formula(data)),
    h("dl", null, data.rows.map((row) => [h("dt", null, row.label), h("dd", null, line(row.line, choose))])),
    h("div", { class: "end" },
      buttons(data.actions, choose),
      h("span", { class: "sp" }),
      checked && h("span", { class: "check" }, checked)))]);
}
