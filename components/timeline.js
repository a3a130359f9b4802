function step(s) {
  const coloured = (level) => (isLit(level) ? " b s-" + level : "");
  return h("li", { key: s.key },
    h("span", { class: "day" }, s.day),
    h("span", { class: "time" + (s.day ? "" : " i3") }, s.time),
    h("span", { class: "mark" + (isLit(s.mark) ? " lit" : "") }, lamp(s.mark, s.said)),
    h("b", { class: "action" + coloured(s.lamp) }, s.action),
    h("span", { class: "detail" }, s.detail),
    h("span", { class: "effect" + (coloured(s.effectLamp) || " i2") }, s.effect));
}

export default function ({ parentElement, data: sent }) {
  const data = unpacked(sent);
  draw(parentElement, [h("ol", { class: data.steps.some((s) => s.day.length > 5) ? "years" : "" }, data.steps.map(step))]);
}
