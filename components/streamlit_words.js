const ATTRIBUTES = ["placeholder", "aria-label", "title"];
// What people wrote is never translated.
const THEIRS = '[data-testid="stText"],[data-testid="stDataFrame"],[data-testid="stTable"],textarea,input,script,style';

function translator(data) {
  const exact = new Map(Object.entries(data.exact));
  const patterns = data.patterns.map(([source, words]) => [new RegExp(source, "s"), words]);
  return (text) => {
    const plain = (text || "").trim();
    if (!plain || !/[A-Za-z]/.test(plain)) return null;
    if (exact.has(plain)) return exact.get(plain);
    for (const [pattern, words] of patterns) {
      const found = pattern.exec(plain);
      if (found) return words.replace(/\{(\d)\}/g, (_, i) => found[Number(i) + 1] || "");
    }
    return null;
  };
}

function mend(node, translate) {
  if (node.nodeType === 3) {
    if (node.parentElement && node.parentElement.closest(THEIRS)) return;
    const words = translate(node.nodeValue);
    if (words !== null && words !== node.nodeValue) node.nodeValue = words;
  } else if (node.nodeType === 1) {
    for (const name of ATTRIBUTES) {
      const words = translate(node.getAttribute(name));
      if (words !== null) node.setAttribute(name, words);
    }
    node.childNodes.forEach((child) => mend(child, translate));
  }
}

export default function ({ data: sent }) {
  const data = unpacked(sent);
  const translate = translator(data);
  mend(document.body, translate);
  if (window.ypWords) window.ypWords.disconnect();
  window.ypWords = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach((node) => mend(node, translate));
      else if (change.type === "characterData") mend(change.target, translate);
      else mend({ nodeType: 1, getAttribute: (n) => change.target.getAttribute(n), setAttribute: (n, v) => change.target.setAttribute(n, v), childNodes: [] }, translate);
    }
  });
  window.ypWords.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
}
