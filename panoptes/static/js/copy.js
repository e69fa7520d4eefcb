// Buttons that copy the text beside them; without JavaScript they stay hidden.
"use strict";

(() => {
  const SHOWN_FOR = 1500;

  // Pages over plain HTTP, as often in a lab, have no navigator.clipboard.
  async function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "sr-only";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("The browser doesn't copy.");
  }

  async function onClick(event) {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const source = button.parentElement.querySelector("[data-copy]");
    try {
      await copy(source.dataset.copy || source.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied";
    }
    button.focus();
    setTimeout(() => { button.textContent = "Copy"; }, SHOWN_FOR);
  }

  function reveal() {
    for (const button of document.querySelectorAll("button.copy")) {
      button.setAttribute("aria-live", "polite");
      button.hidden = false;
    }
  }

  document.addEventListener("click", onClick);
  document.addEventListener("panoptes:patched", reveal);
  reveal();
})();
