/* Tabs as the ARIA practices describe them: arrows move, only the chosen panel is shown, only its videos play. Each has an
   address, #model, so that it can be linked to and the browser's back button works. */
window.movements = window.movements || {};

window.movements.showTab = function showTab(name, { focus = false, keep = true } = {}) {
  const address = name === "clip" ? location.pathname : `#${name}`;
  if (keep && name !== window.movements.tabOf(location.hash)) history.pushState(null, "", address);
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const selected = tab.id === `tab-${name}`;
    const panel = document.getElementById(tab.getAttribute("aria-controls"));
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    panel.hidden = !selected;
    if (selected && focus) tab.focus();
    for (const video of panel.querySelectorAll("video")) {
      if (!selected) video.pause();
      else if (video.autoplay) video.play().catch(() => {}); // refused by the browser: the controls are there
    }
  }
  document.dispatchEvent(new CustomEvent("tab", { detail: name }));
};

/* The tab that an address names; the first one where it names none. */
window.movements.tabOf = function tabOf(hash) {
  const name = hash.slice(1);
  return document.getElementById(`tab-${name}`) ? name : "clip";
};

(() => {
  "use strict";
  const nameOf = (tab) => tab.id.replace("tab-", "");

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) window.movements.showTab(nameOf(tab));
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches("[role=tab]")) return;
    const tabs = [...document.querySelectorAll("[role=tab]")];
    const here = tabs.indexOf(event.target);
    const next = {
      ArrowRight: (here + 1) % tabs.length,
      ArrowLeft: (here + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    window.movements.showTab(nameOf(tabs[next]), { focus: true });
  });

  const follow = () => window.movements.showTab(window.movements.tabOf(location.hash), { keep: false });
  window.addEventListener("popstate", follow);
  const drawn = new MutationObserver(() => {
    if (!document.querySelector("[role=tab]")) return;
    drawn.disconnect();
    if (location.hash) follow();
  });
  drawn.observe(document.documentElement, { childList: true, subtree: true });

  /* Who asked for less motion starts videos by hand, and hidden ones wait for their tab. */
  document.addEventListener(
    "loadstart",
    (event) => {
      const video = event.target;
      if (!(video instanceof HTMLVideoElement)) return;
      if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) video.autoplay = false;
      if (video.closest("[hidden]")) video.addEventListener("canplay", () => video.closest("[hidden]") && video.pause(), { once: true });
    },
    true,
  );
})();
