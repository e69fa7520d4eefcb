// A row is a link as a whole. Texts with a tooltip lie above the link, so that the mouse can ask
// for it; a click on them is passed on.
"use strict";

document.addEventListener("click", (event) => {
  const text = event.target.closest(".rows tbody [title], .line [title]");
  if (!text || event.target.closest("a") || String(getSelection())) return;
  const link = text.closest("tr, .line").querySelector("a.whole");
  // With its keys: Ctrl opens another tab.
  if (link) link.dispatchEvent(new MouseEvent("click", event));
});
