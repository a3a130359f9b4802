export default function ({ parentElement, data, setTriggerValue }) {
  draw(parentElement, [notice(data, (key) => setTriggerValue("open", key))]);
}
