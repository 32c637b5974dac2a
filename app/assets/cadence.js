/* How fast repetitions follow each other, through the film: a line for every set, under the timeline. */
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const WIDE = 1000;
  const HIGH = 100;
  const FEWEST = 3; // repetitions of a set from which on it has a line

  /* Seconds from each repetition of a set to the next: [[second at which the later one begins, seconds], ...]. */
  function stepsOf(starts) {
    return starts.slice(1).map((start, place) => [start, start - starts[place]]);
  }

  function made(tag, attributes) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  /* sets: [{name, tone, starts}, ...], seconds: how long the film lasts. Null where no set is long enough. */
  function cadence(sets, seconds) {
    const lines = sets.filter(({ starts }) => starts.length >= FEWEST).map((set) => ({ ...set, steps: stepsOf(set.starts) }));
    if (!lines.length) return null;
    const lasting = lines.flatMap(({ steps }) => steps.map(([, step]) => step)).sort((one, other) => one - other);
    const most = Math.max(1, Math.ceil(1.1 * lasting[Math.ceil(0.97 * (lasting.length - 1))]));
    const svg = made("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img" });
    svg.append(made("line", { class: "cadence-grid", x1: 0, x2: WIDE, y1: HIGH / 2, y2: HIGH / 2 }));
    for (const { tone, steps } of lines) {
      const points = steps.map(([at, step]) =>
        `${((WIDE * at) / seconds).toFixed(1)},${(HIGH * (1 - Math.min(1, step / most))).toFixed(1)}`);
      const line = made("polyline", { class: "cadence-line", points: points.join(" ") });
      line.dataset.tone = tone;
      svg.append(line);
    }
    const words = lines.map(({ name, steps }) => `${name}: ${steps[0][1].toFixed(1)} s at first, ${steps.at(-1)[1].toFixed(1)} s at last`);
    svg.setAttribute("aria-label", `Seconds from one repetition to the next. ${words.join("; ")}.`);
    const figure = Object.assign(document.createElement("figure"), { className: "cadence" });
    const scale = Object.assign(document.createElement("div"), { className: "cadence-scale" });
    for (const text of [`${most} s`, `${most / 2} s`, "0"]) {
      scale.append(Object.assign(document.createElement("span"), { textContent: text }));
    }
    scale.setAttribute("aria-hidden", "true");
    const plot = Object.assign(document.createElement("div"), { className: "cadence-plot" });
    plot.append(svg, scale);
    figure.append(
      Object.assign(document.createElement("figcaption"), { textContent: "Seconds from one repetition to the next" }),
      plot,
    );
    return figure;
  }

  window.movements = Object.assign(window.movements || {}, { cadence });
})();
