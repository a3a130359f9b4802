export default function ({ parentElement, data: sent }) {
  const data = unpacked(sent);
  draw(parentElement, [h("div", { class: "title" },
    h("h1", null, data.title),
    data.note && h("span", { class: "note i2" }, data.note),
    isLit(data.lamp) && tag(data.lamp, data.said))]);
}
