/* What Redoc leaves out for people who hear a page: names of what can be chosen, and headings without a gap. */
(() => {
  "use strict";

  function mend() {
    for (const select of document.querySelectorAll("redoc select:not([aria-label])")) {
      select.setAttribute("aria-label", "Form of what is sent");
    }
    for (const heading of document.querySelectorAll("redoc h5:not([aria-level])")) {
      heading.setAttribute("role", "heading");
      heading.setAttribute("aria-level", "3");
    }
  }

  new MutationObserver(mend).observe(document.documentElement, { childList: true, subtree: true });
})();
