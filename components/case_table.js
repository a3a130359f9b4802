const PLACE = "yiping-cases"; // how far a page was scrolled: whoever comes back finds it so

const said = (bits) => bits.map((bit) => bit.text).join("");

// A link, so that it also opens in a tab of its own.
function link(number, shown, open) {
  const act = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(number);
  };
  return h("a", { class: "open", href: "case?no=" + encodeURIComponent(number), onclick: act }, shown);
}

function headCell(column, data, sort) {
  const classes = [column.right && "right", column.wide && "wide"].filter(Boolean).join(" ");
  const aria = { up: "ascending", down: "descending" }[column.sorted] || (column.asks ? "none" : null);
  const arrow = { up: " ↑", down: " ↓" }[column.sorted] || "";
  const label = column.label + arrow;
  return h("th", { key: column.key, scope: "col", class: classes, "aria-sort": aria },
    column.asks ? h("button", { type: "button", title: data.words.sort_by, class: column.sorted ? "b" : "", onclick: () => sort(column.asks) }, label) : label);
}

function cell(column, bits, number, open) {
  const classes = [column.right && "right", column.wide && "wide"].filter(Boolean).join(" ");
  const shown = line(bits);
  return h("td", { class: classes, title: said(bits) }, column.opens ? link(number, shown, open) : shown);
}

function box(label, checked, change, mixed) {
  return h("td", { class: "box" }, h("label", null,
    h("input", { type: "checkbox", "aria-label": label, onclick: change, "data-on": String(checked), "data-mixed": String(Boolean(mixed)) })));
}

// What a person ticks stands at once; the server follows and says up to which turn it has.
function ticks(root, data) {
  const mine = root.ypTicks || (root.ypTicks = { turn: 0, on: new Set(), last: null });
  if (data.turn >= mine.turn) {
    mine.turn = data.turn;
    mine.on = new Set(data.ticked);
  }
  return mine;
}

function between(numbers, one, other) {
  const [first, last] = [numbers.indexOf(one), numbers.indexOf(other)].sort((a, b) => a - b);
  return first < 0 ? [other] : numbers.slice(first, last + 1);
}

export default function ({ parentElement, data: sent, setTriggerValue, setStateValue }) {
  const data = unpacked(sent);
  const root = parentElement.querySelector(".yp");
  const mine = ticks(root, data);
  const numbers = data.rows.map((row) => row.number);
  const open = (number) => setTriggerValue("open", number);
  const sort = (key) => setTriggerValue("sort", key);
  const tell = () => {
    mine.turn += 1;
    setStateValue("ticks", { turn: mine.turn, page: numbers, ticked: numbers.filter((n) => mine.on.has(n)) });
    show();
  };
  const tick = (number) => (event) => {
    const some = event.shiftKey && mine.last !== null ? between(numbers, mine.last, number) : [number];
    const isOn = !mine.on.has(number);
    some.forEach((one) => (isOn ? mine.on.add(one) : mine.on.delete(one)));
    mine.last = number;
    tell();
  };
  const tickAll = () => {
    const isFull = numbers.every((one) => mine.on.has(one));
    numbers.forEach((one) => (isFull ? mine.on.delete(one) : mine.on.add(one)));
    tell();
  };
  function comeBack() {
    const pane = root.querySelector(".pane");
    if (root.ypPage !== data.page) {
      const [page, top] = (sessionStorage.getItem(PLACE) || "").split("\n");
      pane.scrollTop = page === data.page ? Number(top) : 0;
      root.ypPage = data.page;
    }
    pane.onscroll = () => sessionStorage.setItem(PLACE, data.page + "\n" + pane.scrollTop);
  }
  function show() {
    const count = numbers.filter((one) => mine.on.has(one)).length;
    const every = box(data.words.tick_all, count === numbers.length && count > 0, tickAll, count > 0 && count < numbers.length);
    const head = h("thead", null, h("tr", null, data.ticks && { ...every, tag: "th", attrs: { ...every.attrs, scope: "col" } },
      data.columns.map((column) => headCell(column, data, sort))));
    const body = h("tbody", null, data.rows.map((row) => h("tr", { key: row.number, class: mine.on.has(row.number) ? "on" : "" },
      data.ticks && box(data.words.tick + " " + row.number, mine.on.has(row.number), tick(row.number)),
      row.cells.map((bits, i) => cell(data.columns[i], bits, row.number, open)))));
    draw(parentElement, [h("div", { class: "pane", tabindex: "-1" }, h("table", null, head, body))]);
    root.querySelectorAll("input").forEach((input) => {
      input.checked = input.dataset.on === "true";
      input.indeterminate = input.dataset.mixed === "true";
    });
  }
  show();
  comeBack();
}
