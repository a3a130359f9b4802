// Shared by every component: elements, patching in place, lamps.
// Text enters the page as text nodes and attributes only, never as markup.
const UTF8 = new TextDecoder();
const SHEET = new CSSStyleSheet(); // one for all of a kind
SHEET.replaceSync(STYLES);
const SVG_NAMES = new Set(["svg", "path", "circle", "rect", "g"]);

// What is to be shown comes as bytes of JSON.
function unpacked(sent) {
  return JSON.parse(UTF8.decode(sent));
}

function h(tag, attrs, ...children) {
  const kept = children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false && c !== "");
  return { tag, attrs: attrs || {}, children: kept.map((c) => (typeof c === "object" ? c : String(c))) };
}

function create(wanted) {
  if (typeof wanted === "string") return document.createTextNode(wanted);
  const node = SVG_NAMES.has(wanted.tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", wanted.tag)
    : document.createElement(wanted.tag);
  node.ypKey = wanted.attrs.key;
  node.ypAttrs = {};
  return node;
}

function fits(node, wanted) {
  if (!node) return false;
  if (typeof wanted === "string") return node.nodeType === 3;
  return node.nodeType === 1 && node.localName === wanted.tag && node.ypKey === wanted.attrs.key;
}

function setAttribute(node, name, value) {
  if (name === "key") return;
  if (name.startsWith("on")) node[name] = value || null;
  else if (name === "style") node.style.cssText = value || "";
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

function fill(node, wanted) {
  if (typeof wanted === "string") {
    if (node.data !== wanted) node.data = wanted;
    return;
  }
  for (const name of Object.keys(node.ypAttrs)) if (!(name in wanted.attrs)) setAttribute(node, name, null);
  for (const [name, value] of Object.entries(wanted.attrs)) {
    if (name.startsWith("on") || node.ypAttrs[name] !== value) setAttribute(node, name, value);
  }
  node.ypAttrs = wanted.attrs;
  patch(node, wanted.children);
}

// Turn the children of a node into the wanted ones, keeping every node that still fits.
function patch(parent, wanted) {
  const keyed = new Map([...parent.childNodes].filter((n) => n.ypKey !== undefined).map((n) => [n.ypKey, n]));
  wanted.forEach((child, i) => {
    const here = parent.childNodes[i];
    const known = typeof child === "object" ? keyed.get(child.attrs.key) : undefined;
    const node = fits(known, child) ? known : fits(here, child) ? here : create(child);
    if (node !== here) parent.insertBefore(node, here || null);
    fill(node, child);
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild.remove();
}

function draw(parentElement, children) {
  if (!parentElement.adoptedStyleSheets.length) parentElement.adoptedStyleSheets = [SHEET];
  const root = parentElement.querySelector(".yp");
  const focused = parentElement.activeElement;
  patch(root, children);
  if (focused && focused.isConnected && parentElement.activeElement !== focused) focused.focus({ preventScroll: true });
  return root;
}

const LAMPS = {
  blue: ["M0-9.3A9.3 9.3 0 1 1 0 9.3A9.3 9.3 0 1 1 0-9.3ZM0-5.1A5.1 5.1 0 1 0 0 5.1A5.1 5.1 0 1 0 0-5.1Z"],
  yellow: ["M0-9.5L10.5 8.2H-10.5Z"],
  orange: ["M0-10.8L10.8 0L0 10.8L-10.8 0Z"],
  red: ["M4.1-10L10-4.1V4.1L4.1 10H-4.1L-10 4.1V-4.1L-4.1-10ZM-5.2-1.5V1.5H5.2V-1.5Z"],
  none: ["M0-3.6A3.6 3.6 0 1 1 0 3.6A3.6 3.6 0 1 1 0-3.6Z"],
  unknown: ["M-8-8H8V8H-8ZM-6.6-6.6V6.6H6.6V-6.6Z", "M-8 .8L.8-8M-8 8L8-8M-.8 8L8-.8"],
};

const isLit = (level) => Boolean(level) && level !== "none";

// The shape of a lamp; `said` is its word for a reader who does not see it.
function lamp(level, said) {
  const [fillPath, strokePath] = LAMPS[level] || LAMPS.none;
  const named = said ? { role: "img", "aria-label": said } : { "aria-hidden": "true" };
  return h("svg", { class: "lamp f-" + level, viewBox: "-12 -12 24 24", ...named },
    h("path", { d: fillPath, "fill-rule": "evenodd" }),
    strokePath && h("path", { d: strokePath, fill: "none", class: "hatch" }));
}

// A lit lamp with its word.
function tag(level, text) {
  return h("span", { class: "tag s-" + level }, lamp(level), text);
}

// A line of bits: plain, bold, coloured by a lamp whose shape stands behind, or the shape alone;
// those with a key open it.
function line(bits, choose) {
  return (bits || []).map((bit) => {
    if (bit.key && choose) return h("span", { class: bit.bold ? "open b" : "open", ...press(() => choose(bit.key)) }, bit.text);
    if (bit.worse) return h("span", { class: "s-red" }, bit.text);
    if (isLit(bit.lamp) && !bit.text) return lamp(bit.lamp, bit.said);
    if (isLit(bit.lamp)) return h("span", { class: "b nw s-" + bit.lamp }, bit.text, " ", lamp(bit.lamp, bit.said));
    return bit.bold ? h("b", null, bit.text) : bit.text;
  });
}

// The server's time, in seconds, told by the browser's own clock from what the server last said.
function serverClock(root, now) {
  const ahead = now - Date.now() / 1000;
  // A message may come late, never early: the greatest lead of the server's clock is the best one.
  const known = root.ypAhead;
  root.ypAhead = known === undefined || Math.abs(known - ahead) > 120 ? ahead : Math.max(known, ahead);
  return () => Date.now() / 1000 + root.ypAhead;
}

// Show again each second from now on, instead of what was shown so before; null: no more. Streamlit
// may end an earlier drawing after a later one began: each ends what it began itself.
function everySecond(root, show) {
  clearInterval(root.ypTick);
  const tick = root.ypTick = show ? setInterval(show, 1000) : undefined;
  return () => clearInterval(tick);
}

// Watch instead of what was watched before; what is returned ends this watch and no later one.
function watched(root, watch) {
  if (root.ypWatch) root.ypWatch.disconnect();
  root.ypWatch = watch;
  return () => watch.disconnect();
}

// What makes an element a button for mouse and keyboard.
function press(act) {
  return {
    role: "button", tabindex: "0", onclick: act,
    onkeydown: (event) => {
      if (event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      act(event);
    },
  };
}

function buttons(actions, choose) {
  return (actions || []).map((a) =>
    h("button", { key: a.key, type: "button", class: a.primary ? "btn pri" : "btn", onclick: () => choose(a.key) }, a.text));
}

// A message: rule in the lamp's colour, bold sentence, one reason, the ways out.
function notice(message, choose) {
  return h("div", { class: "notice" },
    h("div", { class: "say r-" + message.lamp, role: isLit(message.lamp) ? "alert" : "status" },
      h("b", null, isLit(message.lamp) && lamp(message.lamp, message.said), message.headline),
      message.reason && h("div", { class: "why" }, message.reason)),
    message.actions.length > 0 && h("div", { class: "ways" }, buttons(message.actions, choose)));
}
