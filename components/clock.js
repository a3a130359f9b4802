const percent = (share) => (share * 100).toFixed(3) + "%";
const across = (from, to) => `left:${percent(from)};width:${percent(Math.max(to - from, 0))}`;

function lanes(data) {
  const turn = data.due === null ? data.until : Math.min(data.due, data.until);
  return [
    h("div", { class: "labels" },
      h("span", { key: "opened", class: "at opened i2" }, data.openedText),
      data.pauses.map((p, i) => h("span", { key: `pause-${i}`, class: "at pause i2", "data-at": p.to }, p.text)),
      data.dueText && h("span", { key: "due", class: "at due b", "data-at": data.due }, data.dueText),
      h("span", { key: "until", class: "at until" + (isLit(data.lamp) ? " b s-" + data.lamp : " i2"), "data-at": data.until }, data.untilText)),
    h("div", { class: "lane" },
      h("div", { class: "bar rest", style: across(0, 1) }),
      h("div", { class: "bar spent", style: across(0, turn) }),
      data.until > turn && h("div", { class: "bar late", style: across(turn, data.until) }),
      data.pauses.map((p) => h("div", { class: "bar paused", style: across(p.from, p.to), title: p.text })),
      data.due !== null && h("div", { class: "tick", style: `left:${percent(data.due)}` })),
    h("div", { class: "held" }, data.holdings.map((u) =>
      h("div", { class: "turn", style: across(u.from, u.to), title: u.text }, h("span", null, u.text)))),
  ];
}

const box = (node) => node && !node.hidden && node.getBoundingClientRect();
const overlap = (a, b) => a && b && a.left < b.right + 8 && b.left < a.right + 8;

// The due label stands right of its tick, else left of it, else beside what is in its way.
function settleDue(root, { opened, due, until }, at, put) {
  const width = root.clientWidth;
  const meets = () => overlap(box(due), box(until)) || overlap(box(due), box(opened));
  const hits = (node) => box(node).left - root.getBoundingClientRect().left < at + 4 && box(node).right - root.getBoundingClientRect().left > at - 4;
  due.classList.remove("up");
  const beside = [opened.offsetWidth + 12, until.offsetLeft - due.offsetWidth - 12];
  if (at > width / 2) beside.reverse();
  const places = [at + 8, at - due.offsetWidth - 8, ...beside];
  const free = places.find((left) => {
    if (left < 0 || left + due.offsetWidth > width) return false;
    put(due, left);
    return !meets();
  });
  if (free === undefined) {
    root.classList.add("two");
    due.classList.add("up");
  }
  root.classList.toggle("crowded", hits(opened) || hits(until));
}

// Put each label at its place, then aside or away where two would meet.
function settle(root) {
  const width = root.clientWidth;
  const put = (node, from) => { node.style.left = Math.min(Math.max(from, 0), Math.max(width - node.offsetWidth, 0)) + "px"; };
  const place = (node) => Number(node.dataset.at) * width;
  const [opened, due, until] = ["opened", "due", "until"].map((name) => root.querySelector(".at." + name));
  root.classList.remove("two", "crowded");
  put(opened, 0);
  put(until, place(until) - until.offsetWidth);
  if (overlap(box(until), box(opened))) put(until, opened.offsetWidth + 12);
  if (due) settleDue(root, { opened, due, until }, place(due), put);
  const taken = [opened, until, due && !due.classList.contains("up") && due].filter(Boolean).map(box);
  for (const pause of root.querySelectorAll(".at.pause")) {
    pause.hidden = false;
    put(pause, place(pause) - pause.offsetWidth + 4);
    if (taken.some((other) => overlap(other, box(pause)))) pause.hidden = true;
    else taken.push(box(pause));
  }
  const below = [];
  for (const turn of root.querySelectorAll(".turn")) {
    const name = turn.firstChild;
    name.hidden = false;
    name.style.left = "";
    turn.classList.toggle("narrow", turn.clientWidth < name.scrollWidth + 12);
    if (!turn.classList.contains("narrow")) continue;
    const over = root.getBoundingClientRect();
    const middle = box(turn).left - over.left + turn.offsetWidth / 2 - name.offsetWidth / 2;
    const kept = Math.min(Math.max(middle, 0), width - name.offsetWidth);
    name.style.left = kept - (box(turn).left - over.left) + "px";
    if (below.some((other) => overlap(other, box(name)))) name.hidden = true;
    else below.push(box(name));
  }
}

export default function ({ parentElement, data: sent }) {
  const data = unpacked(sent);
  const root = draw(parentElement, [h("div", { class: "clock" }, lanes(data))]).firstChild;
  settle(root);
  const watch = new ResizeObserver(() => settle(root));
  watch.observe(root);
  if (document.fonts) document.fonts.ready.then(() => settle(root));
  return watched(root, watch);
}
