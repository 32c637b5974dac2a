/* The body over the stills, on request. */
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#show-body");
    if (!button) return;
    const shown = button.closest(".saw").classList.toggle("with-bodies");
    button.setAttribute("aria-pressed", String(shown));
  });
})();
