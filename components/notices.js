export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  draw(parentElement, [notice(data, (key) => setTriggerValue("open", key))]);
}
