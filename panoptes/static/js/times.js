// Times by the reader's own clock; the page itself says them in UTC.
"use strict";

(() => {
  const format = new Intl.DateTimeFormat("sv-SE", {
    dateStyle: "short", timeStyle: "medium",
  });
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" });

  function local(date) {
    const name = zone.formatToParts(date).find((part) => part.type === "timeZoneName");
    return `${format.format(date)} ${name ? name.value : ""}`.trim();
  }

  for (const time of document.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const utc = time.title;
    time.title = `${local(date)} (${utc})`;
    if (time.classList.contains("exact")) time.textContent = local(date);
  }
})();
