// A share from zero, with its target; what passes the whole is cut off.
function bar(card) {
  const percent = (share) => `${(Math.min(share, 1) * 100).toFixed(2)}%`;
  return h("div", { class: "bar", "aria-hidden": "true" },
    h("i", { style: `width:${percent(card.bar)}` }),
    typeof card.mark === "number" && h("u", { style: `left:${percent(card.mark)}` }));
}

const opens = (bits) => bits.some((bit) => bit.key);

// A note that opens something stands under the button of its card, not within it.
function openNote(card, choose) {
  return opens(card.note) && h("div", { class: "d" + (card.stale ? " stale" : "") }, line(card.note, choose));
}

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
    typeof card.bar === "number" && bar(card),
    h("div", { class: "d" }, line(card.base)),
    !opens(card.note) && h("div", { class: "d" }, line(card.note)));
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const choose = (key) => setTriggerValue("open", key);
  const cards = data.cards.map((card) =>
    h("div", { key: card.key, class: "card" },
      face(card, choose), openNote(card, choose), card.message && notice(card.message, choose)));
  draw(parentElement, [h("div", { class: "cards", style: `--n:${data.cards.length}` }, cards)]);
}
