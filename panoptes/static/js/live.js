// Asks every second and patches what changed: open panels, typed text, the focus and the scroll
// position stay.
"use strict";

(() => {
  const EVERY = 1000;
  const AT_MOST = 30000;
  const UNSEEN = 10000; // in the background, for whoever wants to be notified
  const main = document.getElementById("main");
  let etag = null;
  let wait = EVERY;
  let timer = 0;

  // --- patching ----------------------------------------------------------------------------------

  const kept = (node) => node.id || node.dataset?.key || "";
  const isTouched = (form) => form.contains(document.activeElement)
    || [...form.elements].some((field) => field.value !== (field.dataset.given ?? field.value));

  function patchAttributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      // What the reader and our scripts set is theirs.
      if (!fresh.hasAttribute(name) && !/^(open|aria-.*|data-given)$/.test(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (name === "hidden" && old.matches("button, [data-own]")) continue;
      if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function patch(old, fresh) {
    if (old.nodeName !== fresh.nodeName) old.replaceWith(document.adoptNode(fresh));
    else if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    } else if (!old.matches("form") || !isTouched(old)) {
      patchAttributes(old, fresh);
      if (!("own" in old.dataset)) patchChildren(old, fresh); // What a script fills is its own.
    }
  }

  function patchChildren(old, fresh) {
    const byKey = new Map([...old.children].filter(kept).map((child) => [kept(child), child]));
    let at = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      const key = child.nodeType === Node.ELEMENT_NODE ? kept(child) : "";
      const match = key ? byKey.get(key) : at && !(at.nodeType === Node.ELEMENT_NODE && kept(at)) ? at : null;
      if (!match) {
        old.insertBefore(document.adoptNode(child), at);
        continue;
      }
      if (match === at) at = at.nextSibling;
      else old.insertBefore(match, at);
      patch(match, child);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    if (!fresh.getElementById("main")) return;
    const held = document.activeElement;
    patchChildren(main, fresh.getElementById("main"));
    held.focus({ preventScroll: true }); // What moves loses it.
    document.title = fresh.title;
    const [icon, freshIcon] = [document, fresh].map((page) => page.querySelector("link[rel=icon]"));
    if (icon.href !== freshIcon.href) icon.href = freshIcon.href;
    document.dispatchEvent(new Event("panoptes:patched"));
  }

  // --- asking ------------------------------------------------------------------------------------

  function away(isAway) {
    document.getElementById("away").hidden = !isAway;
    wait = isAway ? Math.min(wait * 2, AT_MOST) : EVERY;
  }

  async function ask() {
    const headers = etag ? { "If-None-Match": etag, Poll: 1 } : {};
    const answer = await fetch(location.href, { headers, cache: "no-store" });
    // Signed out, or deleted: the page that says so has the ways on.
    if ([401, 403, 404, 410].includes(answer.status)) location.reload();
    else if (answer.status >= 500) throw new Error("in trouble");
    else if (answer.status === 200) {
      etag = answer.headers.get("ETag");
      show(await answer.text());
    }
  }

  async function turn() {
    if (document.hidden && !document.querySelector("#notify[aria-pressed=true]")) return;
    try {
      await ask();
      away(false);
    } catch {
      away(true);
    }
    later(document.hidden ? Math.max(wait, UNSEEN) : wait);
  }

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(turn, milliseconds);
  }

  for (const field of document.querySelectorAll("#main input, #main select")) field.dataset.given = field.value;
  document.addEventListener("visibilitychange", () => { if (!document.hidden) later(0); });
  later(EVERY);
})();
