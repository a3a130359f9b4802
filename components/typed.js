const PAUSE = 800; // milliseconds without a letter

// Streamlit sends a text area on leaving it, or on Ctrl+Enter; the second leaves the caret alone.
function commit(field) {
  if (!field.isConnected || field.ypComposing) return;
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 13, ctrlKey: true, bubbles: true, cancelable: true }));
}

function later(field) {
  clearTimeout(field.ypTyped);
  field.ypTyped = setTimeout(() => commit(field), PAUSE);
}

export default function ({ data: sent }) {
  const data = unpacked(sent);
  const mine = (event) => event.target.localName === "textarea" && event.target.closest(`[class*="st-key-${CSS.escape(data.within)}"]`);
  const heard = {
    input: (event) => { if (mine(event)) later(event.target); },
    compositionstart: (event) => { event.target.ypComposing = true; },
    compositionend: (event) => { event.target.ypComposing = false; if (mine(event)) later(event.target); },
  };
  for (const [name, listen] of Object.entries(window.ypTyped || {})) document.removeEventListener(name, listen, true);
  window.ypTyped = heard;
  for (const [name, listen] of Object.entries(heard)) document.addEventListener(name, listen, true);
}
