/* The examples panel: the chosen movement is asked for, the first one when the tab is first opened. */
(() => {
  "use strict";

  const choice = () => document.getElementById("movement");
  let asked = "";

  function ask() {
    if (!choice().value || choice().value === asked) return;
    asked = choice().value;
    window.dash_clientside.set_props("example-asked", { "data-told": asked });
  }

  document.addEventListener("tab", ({ detail: name }) => {
    if (name !== "examples") return;
    if (choice().options.length) ask();
    else arrival.observe(choice(), { childList: true });
  });
  document.addEventListener("change", (event) => event.target === choice() && ask());

  const arrival = new MutationObserver(() => {
    arrival.disconnect();
    ask();
  });
})();
