/* The model panel: asked for when it is first opened; its charts come as text and are drawn here. */
(() => {
  "use strict";

  const panel = () => document.getElementById("panel-model");
  const content = () => document.getElementById("model");
  const problem = () => document.getElementById("model-problem");

  document.addEventListener("tab", ({ detail: name }) => {
    if (name === "model" && ["empty", "failed"].includes(panel().dataset.state)) ask();
  });

  function ask() {
    problem().replaceChildren();
    window.dash_clientside.set_props("model", { children: null });
    panel().dataset.state = "asking";
    arrival.observe(content(), { childList: true });
    window.dash_clientside.set_props("model-asked", { "data-told": String(performance.now()) });
  }

  const arrival = new MutationObserver(() => {
    if (!content().firstElementChild) return; // only what was there before is gone
    draw();
    panel().dataset.state = content().querySelector(".problem") ? "failed" : "shown";
  });

  function draw() {
    for (const place of content().querySelectorAll("[data-svg]")) {
      const { documentElement: chart } = new DOMParser().parseFromString(place.dataset.svg, "image/svg+xml");
      place.replaceChildren(document.importNode(chart, true));
    }
  }

  /* Dash is silent when a callback gets no answer. */
  new PerformanceObserver((list) => {
    const callbacks = list.getEntriesByType("resource").filter(({ name }) => name.includes("/_dash-update-component"));
    const failed = callbacks.some(({ responseStatus }) => responseStatus === 0 || responseStatus >= 400);
    if (!failed || panel()?.dataset.state !== "asking") return;
    problem().replaceChildren(window.movements.problemBox(JSON.parse(panel().dataset.lost)));
    panel().dataset.state = "failed";
  }).observe({ type: "resource" });
})();
