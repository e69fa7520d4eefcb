// Times by the reader's own clock (the page has UTC), and "4 min ago" that goes on counting.
"use strict";

(() => {
  const EVERY = 1000;
  const LONG = [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]];
  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const format = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "long" });
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

  // The words of panoptes/pages/words.py.
  function ago(date) {
    const seconds = Math.floor((Date.now() - date) / 1000);
    if (seconds < 5) return "just now";
    const [size, unit] = UNITS.find(([size]) => seconds >= size);
    return `${Math.floor(seconds / size)} ${unit} ago`;
  }

  function duration(seconds) {
    if (seconds < 60) return `${seconds} s`;
    const [size, unit, small, smallUnit] = LONG.find(([size]) => seconds >= size);
    const rest = Math.floor((seconds % size) / small);
    return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
  }

  function each(act) {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const date = new Date(time.dateTime);
      if (date.getTime()) act(time, date);
    }
  }

  function localise() {
    each((time, date) => {
      if (time.title && !time.title.includes("(")) time.title = `${format.format(date)} (${time.title})`;
      if (time.classList.contains("exact")) time.textContent = format.format(date);
      const now = new Date();
      if (time.classList.contains("clock") && date.getFullYear() === now.getFullYear()) {
        const words = (date.toDateString() === now.toDateString() ? clock : day).format(date);
        time.textContent = time.matches(".minute") ? words.replace(/(:..):..$/, "$1") : words;
      }
    });
    tick();
  }

  function tick() {
    if (document.hidden) return;
    each((time, date) => {
      const words = time.textContent.trim();
      if (!/ ago$|^just now$/.test(words)) return;
      const now = ago(date);
      if (now !== words) time.textContent = now;
    });
    grow();
  }

  // What runs goes on growing.
  function grow() {
    for (const span of document.querySelectorAll("[data-since]")) {
      const seconds = Math.floor((Date.now() - new Date(span.dataset.since)) / 1000);
      if (seconds >= 0) span.textContent = duration(seconds);
    }
  }

  document.addEventListener("panoptes:patched", localise);
  localise();
  setInterval(tick, EVERY);
})();
