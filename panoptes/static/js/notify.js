// A note from the browser when the workflow of this page ends, for whoever asks for one.
"use strict";

(() => {
  const KEY = `panoptes-notify:${location.pathname}`;
  const button = () => document.getElementById("notify");
  let possible = "Notification" in window;
  // Where the storage is forbidden, the wish holds for this page.
  let wished = false;
  try { wished = sessionStorage.getItem(KEY) === "yes"; } catch { /* see above */ }

  function wish(now) {
    wished = now;
    try { sessionStorage.setItem(KEY, now ? "yes" : "no"); } catch { /* see above */ }
    show();
  }

  function show() {
    if (!button()) return;
    button().hidden = !possible || Notification.permission === "denied";
    button().textContent = wished ? "You will be notified" : "Notify me";
    button().setAttribute("aria-pressed", String(wished));
  }

  function note(title) {
    try {
      new Notification(title, { icon: document.querySelector("link[rel=icon]").href });
    } catch { // Some phones have the class and make none.
      possible = false;
    }
    return possible;
  }

  document.addEventListener("click", async (event) => {
    if (event.target !== button()) return;
    const may = !wished && (await Notification.requestPermission()) === "granted";
    wish(may && note("You will be notified when this workflow ends."));
  });

  // The button is there while the run may go on.
  document.addEventListener("panoptes:patched", () => {
    if (wished && !button()) {
      wish(false);
      note(document.title);
    }
    show();
  });
  show();
})();
