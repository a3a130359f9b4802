function bar(stage) {
  if (stage.reach === null) return h("div", { class: "track" });
  const width = Math.max(0, Math.min(stage.reach / 2, 1)) * 100;
  return h("div", { class: "track" },
    h("div", { class: "full" }, h("div", { class: "fill p-" + stage.lamp, style: `width:${width.toFixed(2)}%` })),
    stage.limit && h("div", { class: "tick" }),
    stage.reach > 2 && h("svg", { class: "cut", viewBox: "0 0 14 12", width: 14, height: 12, "aria-hidden": "true" },
      h("path", { d: "M0 12L6 0H12L6 12Z" })));
}

function name(stage) {
  const lit = isLit(stage.lamp);
  return h("div", { class: "name" }, h("b", null, stage.name), h("span", { class: "sp" }),
    stage.tag && (lit ? tag(stage.lamp, stage.tag) : h("b", { class: "i2" }, stage.tag)));
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const choose = (key) => setTriggerValue("open", key);
  const columns = data.stages.map((stage) =>
    h("div", { key: stage.key, class: ["stage", stage.hot && "hot e-" + stage.lamp, stage.last && "last"].filter(Boolean).join(" ") },
      name(stage),
      h("div", { class: "count" },
        h("span", { class: "big open", ...press(() => choose(stage.key)) }, stage.count),
        h("span", { class: "i2" }, stage.unit)),
      bar(stage),
      stage.lines.map(([left, right]) =>
        h("div", { class: "line" }, h("span", { class: "left" }, line(left, choose)), h("span", { class: "sp" }), h("span", null, line(right, choose))))));
  draw(parentElement, [h("div", { class: "board", style: `--n:${data.stages.length}` }, columns)]);
}
