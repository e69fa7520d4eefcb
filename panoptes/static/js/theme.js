// Light or dark: as the system asks, unless the switch says otherwise; it remembers.
"use strict";

(() => {
  const KEY = "panoptes-theme";
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  // Where the storage is forbidden, the choice holds for this page.
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const store = (theme) => { try { localStorage.setItem(KEY, theme); } catch { /* see above */ } };
  const now = () => root.dataset.theme || (systemIsDark.matches ? "dark" : "light");
  const other = () => (now() === "dark" ? "light" : "dark");

  const choice = stored();
  if (choice === "dark" || choice === "light") root.dataset.theme = choice;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return; // A page in a frame or on a wall has none.
    const word = button.querySelector(".theme-word");
    const show = () => {
      word.textContent = other() === "dark" ? "Dark" : "Light";
      button.setAttribute("aria-label", `Change to the ${other()} theme`);
    };
    button.addEventListener("click", () => {
      root.dataset.theme = other();
      store(root.dataset.theme);
      show();
    });
    systemIsDark.addEventListener("change", show);
    show();
    button.hidden = false;
  });
})();
