export default function ({ parentElement, data: sent }) {
  const data = unpacked(sent);
  draw(parentElement, [h("h2", null, data.title, data.note && h("small", null, data.note))]);
}
