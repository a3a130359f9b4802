// Streamlit marks the open page, but not the group that holds it.
function markGroup(name) {
  for (const group of document.querySelectorAll('[data-testid="stTopNavSection"]')) {
    group.toggleAttribute("data-yp-current", Boolean(name) && group.textContent.trim() === name);
  }
}

function followGroup(root, name) {
  markGroup(name);
  const top = document.querySelector('[data-testid="stApp"]');
  const watch = new MutationObserver(() => markGroup(name));
  if (top) watch.observe(top.querySelector('[data-testid="stHeader"]') || top, { childList: true, subtree: true });
  return watched(root, watch);
}

// On the way to another page Streamlit first gives this one the other's question, as an entry of its
// own. That entry becomes the other page's, so that the way back leads to what was left.
function oneEntryEach() {
  if (window.ypEntries) return;
  window.ypEntries = true;
  const push = window.history.pushState.bind(window.history);
  let own = null;
  window.history.pushState = (state, title, url) => {
    const to = new URL(url, window.location.href);
    const leaves = to.pathname !== window.location.pathname;
    if (leaves && own === window.location.href && to.search === window.location.search) {
      window.history.replaceState(state, title, url);
    } else {
      push(state, title, url);
    }
    own = leaves ? null : window.location.href;
  };
}

// The inks that the theme keeps in its lists of chart colours, for all that stands on the page: the
// bar is drawn first, and again with each theme. To ask for them makes the browser lay out anew.
function inks(element, page) {
  const style = getComputedStyle(element);
  const list = (name) => style.getPropertyValue(name).split(",").map((c) => c.trim());
  const [ink, bar, bar2, ink2, line2] = list("--st-chart-categorical-colors");
  const bar3 = list("--st-chart-sequential-colors")[1];
  const found = { ink, bar, bar2, bar3, ink2, line2 };
  found.line = style.getPropertyValue("--st-border-color");
  found.ground = style.getPropertyValue("--st-background-color");
  found.accent = style.getPropertyValue("--st-primary-color");
  for (const [name, colour] of Object.entries(found)) if (colour) page.style.setProperty("--yp-" + name, colour);
}

// The bar is fixed, so it measures itself and leaves room for the navigation between its two parts.
export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = unpacked(sent);
  const root = draw(parentElement, [
    h("div", { class: "side left" }, h("b", null, data.product), h("span", { class: "i2" }, data.district)),
    h("div", { class: "side right" },
      data.demo && h("span", { class: "demo" }, data.demo),
      data.person && h("span", { class: "i2" }, data.person),
      data.actions.map((a) => h("span", { class: "way", key: a.key, ...press(() => setTriggerValue("open", a.key)) }, a.text))),
  ]);
  const page = document.documentElement;
  oneEntryEach();
  inks(root, page);
  const room = () => {
    page.style.setProperty("--yp-bar-left", root.children[0].offsetWidth + "px");
    page.style.setProperty("--yp-bar-right", root.children[1].offsetWidth + "px");
  };
  room();
  if (document.fonts) document.fonts.ready.then(room);
  return followGroup(root, data.group);
}
