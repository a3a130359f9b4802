// Age of the data, counted in the browser: it goes on when the server does not answer.
function words(seconds, say) {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600), Math.floor(whole / 60)];
  const [template, a, b] = days ? [say.days, days, hours % 24] : hours ? [say.hours, hours, minutes % 60]
    : minutes ? [say.minutes, minutes, 0] : [say.seconds, whole, 0];
  return template.replace("{0}", a).replace("{1}", b);
}

function age(source, now, data) {
  if (source.newest === null) return h("span", { class: "box tag s-unknown" }, lamp("unknown"), source.name, " ", data.words.none);
  const seconds = now - source.newest;
  const level = seconds >= source.red ? "red" : seconds >= source.yellow ? "yellow" : "none";
  const text = source.name + " " + words(seconds, data.words);
  return level === "none" ? h("span", null, text) : h("span", { class: `box tag s-${level} r-${level}` }, lamp(level, data.said[level]), text);
}

export default function ({ parentElement, data: sent }) {
  const data = unpacked(sent);
  const root = parentElement.querySelector(".yp");
  const time = serverClock(root, data.now);
  const show = () => draw(parentElement, [
    h("div", { class: "asof" }, data.asOf),
    h("div", { class: "ages" }, data.sources.map((source) => age(source, time(), data))),
  ]);
  show();
  return everySecond(root, show);
}
