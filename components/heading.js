export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const choose = (key) => setTriggerValue("open", key);
  const note = line(data.note, choose);
  draw(parentElement, [h("h2", null, h("span", null, line(data.title, choose)), note.length > 0 && h("small", null, note))]);
}
