const two = (number) => String(number).padStart(2, "0");

// Days before the hours, or the hours alone within the first day.
function passed(seconds, days) {
  const whole = Math.max(0, Math.floor(seconds));
  const clock = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60].map(two).join(":");
  const count = Math.floor(whole / 86400);
  return count ? days.replace("{0}", count) + clock : clock;
}

function row(one, data, now, choose) {
  const share = (count) => (data.longest ? (100 * count) / data.longest : 0).toFixed(2) + "%";
  return h("div", { key: one.key, class: "row" },
    h("span", { class: "name", title: one.name }, one.name),
    h("span", { class: "track", "aria-hidden": "true" },
      h("span", { class: "whole", style: `width:${share(one.whole)}` }),
      h("span", { class: "part", style: `width:${share(one.part)}` })),
    h("span", { class: "value" }, line(one.value, choose)),
    h("span", { class: "note" }, line(one.note, choose)),
    one.since !== null && h("span", { class: "clock" }, passed(now - one.since, data.days)));
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const root = parentElement.querySelector(".yp");
  const time = serverClock(root, data.now);
  const choose = (key) => setTriggerValue("open", key);
  const timed = data.rows.some((one) => one.since !== null);
  const noted = data.rows.some((one) => one.note.length);
  const form = ["bars", timed && "timed", noted && "noted"].filter(Boolean).join(" ");
  const show = () => {
    const now = data.runs ? time() : data.now;
    draw(parentElement, [h("div", { class: form }, data.rows.map((one) => row(one, data, now, choose)))]);
  };
  show();
  return everySecond(root, timed && data.runs ? show : null);
}
