// Ticking all rows of a list at once, and how many are ticked; without JavaScript each row has its
// own box anyway.
"use strict";

(() => {
  const boxes = () => [...document.querySelectorAll("input[name=id]")];

  function show() {
    const all = document.getElementById("select-all");
    if (!all) return;
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    all.parentElement.hidden = false;
    document.getElementById("selected").textContent = ticked ? `${ticked} of ${boxes().length} selected` : "";
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "select-all") for (const box of boxes()) box.checked = event.target.checked;
    show();
  });
  document.addEventListener("panoptes:patched", show);
  show();
})();
