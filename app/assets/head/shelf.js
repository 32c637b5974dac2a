/* What the page's scripts share: lists that this browser keeps, files that it downloads, elements, questions to the server, and
   waiting for what Dash is going to draw. */
(() => {
  "use strict";

  /* A list that is kept in this browser under a name, and nowhere else. */
  function read(name) {
    try {
      const entries = JSON.parse(localStorage.getItem(name));
      return Array.isArray(entries) ? entries : [];
    } catch {
      return []; // storage may be forbidden, or hold something else
    }
  }

  /* Keep a list; false where the browser does not, or has no room for it. */
  function write(name, entries) {
    try {
      if (entries.length) localStorage.setItem(name, JSON.stringify(entries));
      else localStorage.removeItem(name);
      return true;
    } catch {
      return false;
    }
  }

  /* Have the person's browser save a file. */
  function save(blob, name) {
    const url = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  /* What the server answers, as JSON; null for nothing. Throws its error, or the name of one that the page knows itself. */
  async function ask(address, options) {
    let response;
    try {
      response = await fetch(address, options);
    } catch {
      throw { name: "interrupted" };
    }
    if (response.status === 204) return null;
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw body.error || { name: "refused" };
    return body;
  }

  /* Do something as soon as there is an element of that id. */
  function once(id, action) {
    const waiting = new MutationObserver(() => {
      if (!document.getElementById(id)) return;
      waiting.disconnect();
      action();
    });
    waiting.observe(document.documentElement, { childList: true, subtree: true });
  }

  window.movements = Object.assign(window.movements || {}, { shelf: { read, write }, save, element, ask, once });
})();
