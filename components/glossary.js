function fraction(parts, kind) {
  if (parts.length < 2) return parts.length ? h("span", { class: kind }, parts[0]) : null;
  return h("span", { class: "fraction " + kind }, h("span", { class: "over" }, parts[0]), h("span", null, parts[1]));
}

function formula(entry, choose) {
  const numbers = entry.numbers.map((bit) => line([bit], choose));
  const parts = [fraction(entry.words, "said"), fraction(numbers, "b"), entry.value.length > 0 && h("span", { class: "b nw" }, line(entry.value, choose))];
  return parts.filter(Boolean).map((part, i) => h("span", { class: "term" }, i > 0 && h("span", { class: "is" }, "＝"), part));
}

function variant(entry) {
  return entry.variant && h("span", { class: "variant" }, entry.variant);
}

function rows(all, kind, choose) {
  return all.length > 0 && h("dl", { class: kind }, all.map((row) => [h("dt", null, row.label), h("dd", null, line(row.line, choose))]));
}

function drawnEntry(entry, choose) {
  const isShort = !entry.words.length;
  return h("article", { key: entry.key, "data-key": entry.key, class: isShort ? "entry short" : "entry" },
    h("h3", null, entry.name, variant(entry), entry.code && h("code", null, entry.code),
      h("span", { class: "sp" }), entry.notes.map((note) => h("small", null, note))),
    h("div", { class: "main" },
      h("p", null, entry.text),
      !isShort && h("div", { class: "formula" }, formula(entry, choose)),
      rows(entry.figures, "figures", choose)),
    rows(entry.rows, "", choose));
}

function drawnChapter(chapter, choose) {
  return h("section", { key: chapter.key },
    h("h2", null, chapter.title, chapter.note && h("small", null, chapter.note)),
    chapter.entries.map((entry) => drawnEntry(entry, choose)));
}

function index(data, show) {
  return h("nav", { class: "index", "aria-label": data.words.list },
    h("button", { type: "button", class: "btn print", onclick: () => window.print() }, data.words.print),
    data.chapters.map((chapter) => [
      h("div", { key: chapter.key, class: "head" }, chapter.title),
      chapter.entries.map((entry) => h("div", { key: chapter.key + "." + entry.key, "data-to": entry.key, class: "to", ...press(() => show(entry.key)) },
        entry.name, variant(entry)))]));
}

// Mark in the list which entry is being read: the last one that has reached the upper part.
function follow(root) {
  const links = new Map([...root.querySelectorAll("[data-to]")].map((link) => [link.dataset.to, link]));
  const mark = (seen) => {
    const read = seen.find((one) => one.isIntersecting);
    if (!read) return;
    const link = links.get(read.target.dataset.key);
    for (const other of links.values()) other.classList.toggle("read", other === link);
    const list = link && link.closest(".index");
    if (list && list.scrollHeight > list.clientHeight) list.scrollTo({ top: link.offsetTop - list.clientHeight / 2 });
  };
  const watch = new IntersectionObserver(mark, { rootMargin: "-90px 0px -70% 0px" });
  root.querySelectorAll("[data-key]").forEach((entry) => watch.observe(entry));
  return watched(root, watch);
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const choose = (key) => setTriggerValue("open", key);
  const show = (key) => root.querySelector(`[data-key="${CSS.escape(key)}"]`).scrollIntoView({ block: "start" });
  const root = draw(parentElement, [h("div", { class: "glossary" },
    index(data, show),
    h("div", { class: "chapters" }, data.chapters.map((chapter) => drawnChapter(chapter, choose))))]);
  return follow(root);
}
