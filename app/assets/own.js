/* Clips of one's own and the model that is made of them: a form, three buttons, and what the server says of both. */
(() => {
  "use strict";

  const { ask, element } = window.movements;
  const API = "/api/own";
  const PAUSE = 1000; // milliseconds between two looks at what is being done
  const CURVE = { width: 480, height: 160, margin: 8 };
  const byId = (id) => document.getElementById(id);
  const config = () => JSON.parse(byId("panel-own").dataset.config);

  let waiting = null; // the next look

  function problem(error) {
    byId("own-problem").replaceChildren(...(error ? [window.movements.problemBox(config().problems[error.name] || error)] : []));
  }

  /* Look what there is, and again as long as something is being done. */
  async function look() {
    clearTimeout(waiting);
    try {
      draw(await ask(API));
    } catch (error) {
      problem(error);
    }
  }

  function draw(told) {
    const working = told.task?.state === "working";
    byId("own-wanting").replaceChildren(...told.wanting.map((textContent) => element("li", { textContent })));
    byId("own-check").disabled = working || told.wanting.length > 0;
    byId("own-train").disabled = working || !told.splits.length;
    byId("own-compare").disabled = working || !told.trained;
    byId("own-stop").hidden = !working;
    byId("own-task").hidden = !told.task;
    if (told.task) drawTask(told.task);
    byId("own-curve").replaceChildren(...(told.task?.curve.length > 1 ? [curve(told.task.curve)] : []));
    byId("own-compared").replaceChildren(...(told.trained ? [outcome(told)] : []));
    byId("own-clips").replaceChildren(...(told.clips.length ? [table(told)] : []));
    if (working) waiting = setTimeout(look, PAUSE);
  }

  const STATES = { done: "done", failed: "failed", stopped: "stopped" };

  function drawTask({ name, state, doing, share, said }) {
    byId("own-doing").textContent = state === "working" ? `${name}: ${doing}` : `${name}: ${STATES[state]}`;
    byId("own-said").textContent = said;
    const progress = byId("own-progress");
    progress.hidden = state !== "working";
    if (share === null) progress.removeAttribute("value");
    else progress.value = share;
  }

  /* The share that was right, of training and of held-out clips, over the steps. */
  function curve(points) {
    const last = points.at(-1).step || 1;
    const { width, height, margin } = CURVE;
    const place = (step, share) => `${(margin + ((width - 2 * margin) * step) / last).toFixed(1)},${(height - margin - (height - 2 * margin) * share).toFixed(1)}`;
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.setAttribute("role", "img");
    for (const name of ["top1", "held_out_top1"]) {
      const shown = points.filter((point) => point[name] !== null && point[name] !== undefined);
      const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      line.setAttribute("points", shown.map((point) => place(point.step, point[name])).join(" "));
      line.setAttribute("class", name === "top1" ? "curve-training" : "curve-held-out");
      drawing.append(line);
    }
    const now = points.at(-1);
    const held = points.findLast((point) => point.held_out_top1 !== null && point.held_out_top1 !== undefined);
    const words = `Right after ${now.step} steps: ${percent(now.top1)} of what is trained with${held ? `, ${percent(held.held_out_top1)} of clips held out` : ""}.`;
    drawing.setAttribute("aria-label", words);
    return element("figure", { className: "own-curve" }, drawing, element("figcaption", { className: "fine", textContent: words }));
  }

  const percent = (share) => `${(100 * share).toFixed(0)} %`;

  /* Both models on the same clips, and which one answers. */
  function outcome({ compared, active }) {
    const place = element("div", { className: "own-outcome" });
    const names = { old: "The model that came with the page", new: "The new one" };
    if (compared.length) {
      const rows = compared.map(({ model, clips, top1 }) => element("tr", {},
        element("th", { scope: "row", textContent: names[model] }),
        element("td", { className: "row-number", textContent: percent(top1) }),
        element("td", { textContent: clips === 1 ? "of 1 clip" : `of ${clips} clips` })));
      place.append(element("table", { className: "repetitions" },
        element("caption", { className: "visually-hidden", textContent: "Both models on the same clips" }), element("tbody", {}, ...rows)));
    }
    place.append(element("p", { className: "fine", textContent: active ? "The new model answers this page." : "The model that came with the page answers." }));
    const buttons = [["own-activate", "Let the new one answer", active], ["own-discard", "Discard the new one", false]];
    place.append(element("div", { className: "actions" }, ...buttons.map(([id, textContent, disabled]) =>
      element("button", { id, type: "button", className: "btn btn-link", textContent, disabled }))));
    return place;
  }

  function table({ clips, splits }) {
    const counts = new Map(splits.map((split) => [split.movement, split]));
    const rows = clips.map(({ id, file, movement, athlete, frames }) => {
      const name = element("th", { scope: "row", textContent: file });
      name.dataset.asIs = "true";
      const shows = element("td", { textContent: movement });
      const whose = element("td", { textContent: athlete === id ? "" : athlete });
      shows.dataset.asIs = whose.dataset.asIs = "true";
      const remove = element("button", { type: "button", className: "jump", textContent: "Remove" });
      remove.dataset.own = id;
      remove.setAttribute("aria-label", `Remove ${file}`);
      return element("tr", {}, name, shows, whose, element("td", { className: "row-number", textContent: String(frames) }), element("td", {}, remove));
    });
    const head = ["clip", "movement", "athlete", "frames"].map((textContent) => element("th", { scope: "col", textContent }));
    const balance = [...counts.values()].map(({ movement, train, validation, test }) => {
      const item = element("li", {}, element("b", { textContent: movement }), element("span", { textContent: `${train} to train with, ${validation} to stop by, ${test} to judge` }));
      item.firstChild.dataset.asIs = "true";
      return item;
    });
    return element("div", {},
      element("h3", { textContent: "Your clips" }),
      ...(balance.length ? [element("ul", { className: "own-balance" }, ...balance)] : []),
      element("table", { className: "repetitions" }, element("caption", { className: "visually-hidden", textContent: "Your clips and what they show" }),
        element("thead", {}, element("tr", {}, ...head, element("td"))), element("tbody", {}, ...rows)));
  }

  function form() {
    const field = (id, label, properties) => element("label", {}, element("span", { textContent: label }), element("input", { id, className: "form-control", ...properties }));
    const known = [...document.querySelectorAll("#movement option")].map(({ value }) => element("option", { value }));
    const list = element("datalist", { id: "own-known" }, ...known);
    const movement = field("own-movement", "Movement", { type: "text", required: true, autocomplete: "off" });
    movement.querySelector("input").setAttribute("list", "own-known");
    return element("form", { id: "own-adding" },
      field("own-files", "Clips", { type: "file", multiple: true, required: true, accept: "video/mp4,video/quicktime,.mp4,.m4v,.mov" }),
      movement, list,
      field("own-athlete", "Athlete, if several clips are of the same one", { type: "text", autocomplete: "off" }),
      element("button", { type: "submit", className: "btn btn-primary", textContent: "Add clips" }),
      element("p", { id: "own-added", className: "fine", role: "status" }));
  }

  async function add() {
    const files = [...byId("own-files").files];
    const button = byId("own-adding").querySelector("button");
    button.disabled = true;
    problem(null);
    let done = 0;
    for (const file of files) {
      const body = new FormData();
      for (const [name, value] of [["movement", byId("own-movement").value], ["athlete", byId("own-athlete").value], ["file", file.name]]) body.append(name, value);
      body.append("video", file, "clip.mp4");
      try {
        const wrong = window.movements.wrongWith(file, config().maxBytes);
        if (wrong) throw { name: wrong };
        await ask(`${API}/clips`, { method: "POST", body });
        done += 1;
      } catch (error) {
        problem(error);
      }
      byId("own-added").textContent = `${done} of ${files.length} clips added`;
    }
    byId("own-files").value = "";
    button.disabled = false;
    look();
  }

  async function act(address, options) {
    problem(null);
    try {
      await ask(address, options);
    } catch (error) {
      problem(error);
    }
    look();
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "own-adding") return;
    event.preventDefault();
    add();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#panel-own button");
    if (!button) return;
    const task = /^own-(check|train|compare|stop|activate|discard)$/.exec(button.id)?.[1];
    if (task) act(`${API}/${task}`, { method: "POST" });
    else if (button.dataset.own) act(`${API}/clips/${button.dataset.own}`, { method: "DELETE" });
  });

  document.addEventListener("tab", ({ detail }) => {
    if (detail !== "own") {
      clearTimeout(waiting);
      return;
    }
    if (!byId("own-adding")) byId("own-form").replaceChildren(form());
    look();
  });
})();
