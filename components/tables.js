const STEM_WIDTH = 170, STEM_HEIGHT = 29;
const PLAIN = { line: [], under: "", value: null, lamp: "none", said: "", bold: false, open: false };

function stem(span, cell) {
  const [low, target, high] = span;
  const reach = Math.max(high - low, 1e-9);
  const x = (value) => 9 + ((STEM_WIDTH - 20) * (value - low)) / reach;
  const middle = STEM_HEIGHT / 2;
  const lit = isLit(cell.lamp);
  const known = cell.value !== null;
  const mark = `translate(${known ? x(cell.value).toFixed(1) : 0} ${middle}) scale(${lit ? 0.7 : 1.25})`;
  return h("svg", { class: "stem", width: STEM_WIDTH, height: STEM_HEIGHT, viewBox: `0 0 ${STEM_WIDTH} ${STEM_HEIGHT}`, "aria-hidden": "true" },
    h("path", { class: "target", d: `M${x(target).toFixed(1)} 0V${STEM_HEIGHT}` }),
    known && h("path", { class: "reach c-" + cell.lamp, d: `M${x(target).toFixed(1)} ${middle}H${x(cell.value).toFixed(1)}` }),
    known && h("g", { transform: mark },
      ["blue", "red", "unknown"].includes(cell.lamp) && h("circle", { r: 9, class: "ground" }),
      lamp(cell.lamp).children.map((shape) => h(shape.tag, { ...shape.attrs, class: "f-" + cell.lamp }))));
}

function inside(column, cell) {
  if (column.kind === "stem" && column.span) return stem(column.span, cell);
  if (isLit(cell.lamp)) {
    return cell.line.length ? h("span", { class: "tag s-" + cell.lamp }, lamp(cell.lamp), h("span", null, line(cell.line))) : lamp(cell.lamp, cell.said);
  }
  return line(cell.line);
}

function plain(cell) {
  return cell.line.map((bit) => bit.text).join("");
}

function place(column, cell, row, choose) {
  const act = (event) => { event.stopPropagation(); choose(row.key, column.key); };
  const opened = cell.open ? { class: "open", ...press(act) } : {};
  const shown = inside(column, cell);
  const classes = ["k-" + column.kind, column.right && "right", column.muted && "i2", column.long && "long", cell.bold && "b"].filter(Boolean).join(" ");
  return h("td", { class: classes, title: column.kind === "text" && !column.long ? plain(cell) : null },
    cell.open ? h("span", opened, shown) : shown,
    cell.under && h("div", { class: "under" }, cell.under));
}

function drawnRow(columns, row, choose) {
  const act = row.open ? press(() => choose(row.key, "")) : {};
  const tall = row.cells.some((cell) => cell.under);
  const classes = [row.total && "total", row.open && "whole", tall && "tall"].filter(Boolean).join(" ");
  return h("tr", { key: row.key, class: classes, ...act },
    row.cells.map((cell, i) => place(columns[i], cell, row, choose)),
    row.open && h("td", { class: "right go", "aria-hidden": "true" }, "›"));
}

const LONG = 36; // letters: a longer text is wrapped, a shorter one stays on one line

function isLong(cell) {
  return Math.max(plain(cell).length, cell.under.length) > LONG;
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  data.rows.forEach((row) => { row.cells = row.cells.map((cell) => ({ ...PLAIN, ...cell })); });
  const isFixed = data.columns.some((c) => c.long);
  data.columns.forEach((c, i) => { c.long = c.long || c.kind === "text" && data.rows.some((row) => isLong(row.cells[i])); });
  const choose = (row, column) => setTriggerValue("open", { row, column });
  const anyOpen = data.rows.some((row) => row.open);
  const header = data.columns.some((c) => c.label) && h("thead", null, h("tr", null,
    data.columns.map((c) => h("th", { scope: "col", class: c.right ? "right" : "", style: c.width ? `width:${c.width}px` : "" }, c.label)),
    anyOpen && h("th", { class: "last" })));
  const body = h("tbody", null, data.rows.map((row) => drawnRow(data.columns, row, choose)));
  draw(parentElement, [
    h("div", { class: "wide" + (header ? "" : " bare") }, h("table", isFixed ? { class: "fixed" } : null, header, body)),
    data.footnote.length > 0 && h("div", { class: "foot" }, line(data.footnote)),
  ].filter(Boolean));
}
