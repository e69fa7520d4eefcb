// A graph that is larger than its frame begins at what failed or runs.
"use strict";

(() => {
  const frame = document.querySelector(".graph-frame");
  const states = [".graph-error", ".graph-running", ".graph-node"];
  const node = states.map((state) => frame?.querySelector(state)).find(Boolean);
  if (!node) return;
  const [box, seen] = [node.getBoundingClientRect(), frame.getBoundingClientRect()];
  frame.scrollBy(
    (box.left + box.right - seen.left - seen.right) / 2,
    (box.top + box.bottom - seen.top - seen.bottom) / 2,
  );
})();
