// Follows the log of a running job as `tail -f` does, and finds a text or the first error in it.
"use strict";

(() => {
  const EVERY = 1000;
  const MOST = 1000000; // characters that stay in the page
  const ERROR = "(error|exception|traceback|fatal|panic|failed|killed|denied|no space left|out of memory)\\b";
  let box, tools, log, whole, unfinished, next, etag, timer, newLines, place;

  function look() {
    const found = document.querySelector("[data-log]");
    if (!found) return;
    if (found !== box || found.dataset.log !== log) begin(found);
    timer ||= setTimeout(turn);
  }

  function begin(found) {
    const isRead = found !== box; // Another attempt of the job begins with nothing.
    [whole, unfinished] = [new Text(), new Text(isRead ? found.textContent : "")];
    [box, log, next, etag, newLines] = [found, found.dataset.log, isRead ? Number(found.dataset.next) : 0, "", 0];
    box.firstElementChild.replaceChildren(whole, unfinished);
    add({ text: unfinished.data, from: next, next });
    box.onscroll = () => { if (isAtEnd()) tell(0); };
    const form = document.getElementById("log-tools");
    form.hidden = false;
    tools = form.elements;
    form.onsubmit = (event) => { event.preventDefault(); seek(tools.wanted.value); };
    tools.error.onclick = () => seek("");
    tools.end.onclick = () => { box.scrollTop = 0; };
  }

  async function turn() {
    try {
      const answer = await fetch(`${log}&from=${next}`, { headers: { "If-None-Match": etag, Poll: 1 }, cache: "no-store" });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag");
        add((await answer.json()).log);
      }
    } catch { /* live.js says that the server is away. */ }
    timer = "live" in box.dataset ? setTimeout(turn, EVERY) : 0;
  }

  // Turned round by its style, a box that isn't scrolled shows its end.
  const isAtEnd = () => box.scrollTop > -4;

  function add({ text, from, next: following }) {
    const [stays, height, end] = [!isAtEnd(), box.scrollHeight, text.lastIndexOf("\n") + 1];
    if (from > next) whole.appendData(`${unfinished.data}\n… left out: too much at once …\n`);
    if (from < next) whole.data = "";
    whole.appendData(text.slice(0, end));
    unfinished.data = text.slice(end);
    next = following;
    if (stays) {
      box.scrollTop -= box.scrollHeight - height;
      tell(newLines + text.slice(0, end).split("\n").length - 1);
    } else if (whole.length > MOST) whole.deleteData(0, MOST / 2);
  }

  function tell(lines) {
    newLines = lines;
    tools.end.textContent = lines ? `↓ ${lines} new line${lines > 1 ? "s" : ""}` : "↓ End";
  }

  // Goes to the first place that has a text, or an error where none is wanted, and then to the next.
  function seek(wanted) {
    const pattern = wanted.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&") || ERROR;
    const all = [...(whole.data + unfinished.data).matchAll(new RegExp(pattern, "gi"))];
    const at = place?.pattern === pattern ? (place.at + 1) % all.length : 0;
    place = all.length ? { pattern, at } : null;
    tools.found.value = all.length ? `${at + 1} of ${all.length}` : "not found";
    if (all.length) show(all[at].index, all[at][0].length);
  }

  function show(index, length) {
    const [node, start] = index < whole.length ? [whole, index] : [unfinished, index - whole.length];
    const range = new Range();
    range.setStart(node, start);
    range.setEnd(node, Math.min(start + length, node.length));
    CSS.highlights?.set("found", new Highlight(range));
    box.scrollIntoView({ block: "nearest" });
    box.scrollTop += range.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
  }

  look();
  document.addEventListener("panoptes:patched", look);
})();
