export default function ({ parentElement, data }) {
  draw(parentElement, [h("h2", null, data.title, data.note && h("small", null, data.note))]);
}
