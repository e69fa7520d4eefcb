// A note from the browser when the workflow of this page ends, for whoever asks for one.
"use strict";

(() => {
  const KEY = `panoptes-notify:${location.pathname}`;
  const button = () => document.getElementById("notify");
  // A browser may forbid the storage; then the wish holds for this page.
  let wished = false;
  try { wished = sessionStorage.getItem(KEY) === "yes"; } catch { /* see above */ }

  function wish(now) {
    wished = now;
    try { sessionStorage.setItem(KEY, now ? "yes" : "no"); } catch { /* see above */ }
    show();
  }

  function show() {
    if (!button() || !("Notification" in window)) return;
    button().hidden = Notification.permission === "denied";
    button().textContent = wished ? "You will be notified" : "Notify me";
    button().setAttribute("aria-pressed", String(wished));
  }

  // Some browsers on phones have the class and refuse to make one.
  function note(title) {
    try {
      return new Notification(title, { icon: document.querySelector("link[rel=icon]").href });
    } catch {
      return null;
    }
  }

  document.addEventListener("click", async (event) => {
    if (event.target !== button()) return;
    if (wished || (await Notification.requestPermission()) !== "granted") return wish(false);
    // A first note shows what the last will look like, or that none can come.
    if (note("You will be told when this workflow ends.")) return wish(true);
    event.target.textContent = "No notes in this browser";
    event.target.disabled = true;
  });

  // The button is there as long as the run may go on.
  document.addEventListener("panoptes:patched", () => {
    if (wished && !button()) {
      wish(false);
      note(document.title);
    }
    show();
  });
  show();
})();
