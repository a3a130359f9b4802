function face(card, choose) {
  const opened = card.open ? press(() => choose(card.key)) : {};
  return h("div", { class: "face" + (card.stale ? " stale" : ""), ...opened },
    h("div", { class: "l" },
      h("span", { class: "name" }, h("b", null, card.label), " ", card.variant),
      h("span", { class: "sp" }),
      isLit(card.lamp) && tag(card.lamp, card.lampWord),
      card.open && h("span", { class: "go", "aria-hidden": "true" }, "›")),
    h("div", { class: "v" },
      h("span", { class: card.open ? "open" : "" }, card.value),
      card.unit && h("small", null, card.unit)),
    h("div", { class: "d" }, line(card.base)),
    h("div", { class: "d" }, line(card.note)));
}

export default function ({ parentElement, data, setTriggerValue }) {
  const choose = (key) => setTriggerValue("open", key);
  const cards = data.cards.map((card) =>
    h("div", { key: card.key, class: "card" }, face(card, choose), card.message && notice(card.message, choose)));
  draw(parentElement, [h("div", { class: "cards", style: `--n:${data.cards.length}` }, cards)]);
}
