/* Answers on this device, for those who choose so: a clip is read, decoded and recognised by the browser, and nothing of it leaves. */
(() => {
  "use strict";

  const { element } = window.movements;
  const STORED = "on-device";
  const PAGE = "page"; // the cache that offline.js shows the page from
  const byId = (id) => document.getElementById(id);
  const root = () => JSON.parse(byId("panel-clip").dataset.config).device;
  const can = () => Boolean(root() && window.Worker && window.VideoDecoder && window.WebAssembly);

  let worker = null;
  let asked = 0;
  const waiting = new Map(); // number: {resolve, reject}

  const wanted = () => Boolean(byId("device")?.checked);

  /* What the worker says of a clip, or of itself if there is none. */
  function ask(about = {}) {
    if (!worker) {
      worker = new Worker(`${root()}worker.js`);
      worker.addEventListener("message", ({ data }) => settle(data.number, data));
      worker.addEventListener("error", () => {
        for (const number of [...waiting.keys()]) settle(number, { problem: { name: "no_device" } });
        worker = null;
      });
    }
    asked += 1;
    const number = asked;
    return new Promise((resolve, reject) => {
      waiting.set(number, { resolve, reject });
      worker.postMessage({ number, ...about });
    });
  }

  function settle(number, { answer, problem }) {
    const { resolve, reject } = waiting.get(number) || {};
    waiting.delete(number);
    if (problem) reject?.(problem);
    else resolve?.(answer);
  }

  const answerOnDevice = (file, part, rows) => ask({ file, part, rows });

  /* Load what answers, and keep it and the page for when there is no network. */
  async function prepare() {
    tell("Loading what answers, about 10 MB, once");
    let used;
    try {
      used = await ask();
    } catch {
      tell("What answers on this device could not be loaded.");
      return;
    }
    tell("Nothing leaves this device. By pictures alone: best for one repetition, cut neatly.");
    if (!navigator.serviceWorker || !window.caches) return;
    try {
      await navigator.serviceWorker.register("/offline.js");
      const shown = performance.getEntriesByType("resource").map(({ name }) => name);
      const places = new Set(["/", ...[...shown, ...used].filter(isKept)]);
      const cache = await caches.open(PAGE);
      const missing = async (place) => !place.includes("/device/") || !(await cache.match(place));
      await Promise.allSettled([...places].map(async (place) => (await missing(place)) && cache.add(place)));
      byId("device").dataset.offline = "ready";
    } catch {
      // without it the page needs the network, but answers all the same
    }
  }

  /* Whether an address is of the page and of what answers, and not of an answer. */
  function isKept(address) {
    const { origin, pathname } = new URL(address);
    return origin === window.location.origin && /^\/(assets|device|_dash-(layout|dependencies|component))/.test(pathname);
  }

  function tell(sentence) {
    byId("device-said").textContent = sentence;
  }

  const percent = (share) => (share > 0 && share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);
  const isNone = (answer) => Boolean(answer.none_of_these?.answer);

  function nameOf(answer, label) {
    return answer.movements.find((movement) => movement.label === label) || { meaning: label, spanish: "" };
  }

  function spanish(movement, className) {
    const name = element("span", { className, textContent: movement.spanish });
    name.lang = "es";
    return name;
  }

  /* The answer in a sentence, as screen readers announce it. */
  function summaryOf(answer) {
    const [label, probability] = answer.prediction[0];
    if (isNone(answer)) return `None of these movements, ${percent(answer.none_of_these.probability)}. The closest are listed.`;
    return `${nameOf(answer, label).meaning}, ${percent(probability)}. ${answer.prediction.length} movements are listed.`;
  }

  /* The answer and its frames, as the server draws its own, into their places. */
  function drawOnDevice(answer) {
    byId("device-answer").replaceChildren(outcome(answer));
    byId("device-saw").replaceChildren(strip(answer));
  }

  function clear() {
    byId("device-answer").replaceChildren();
    byId("device-saw").replaceChildren();
  }

  function outcome(answer) {
    const none = isNone(answer);
    const [label, probability] = answer.prediction[0];
    const movement = nameOf(answer, label);
    const head = element("header", {},
      element("p", { className: "eyebrow", textContent: none ? "Outcome" : "Most probable movement" }),
      element("h2", { className: "verdict-name", textContent: none ? "None of these movements" : movement.meaning }));
    const line = element("p", { className: "verdict-line" },
      element("strong", { className: "verdict-probability", textContent: percent(none ? answer.none_of_these.probability : probability) }));
    if (!none && movement.spanish && movement.spanish !== movement.meaning) line.append(spanish(movement, "verdict-spanish"));
    head.append(line);
    const rows = answer.prediction.map(([name, share]) => {
      const known = nameOf(answer, name);
      const names = [element("span", { className: "row-meaning", textContent: known.meaning })];
      if (known.spanish) names.push(spanish(known, "row-spanish"));
      return row(names, share);
    });
    const table = element("table", { className: "rows table table-borderless" },
      element("caption", { className: "visually-hidden", textContent: "The most probable movements" }),
      element("tbody", {}, ...rows));
    if (answer.none_of_these && !none) table.append(element("tfoot", {}, row(["None of these"], answer.none_of_these.probability)));
    const { clip, model, timing_ms: timing } = answer;
    const times = [["Decode", timing.decode], ["Predict", timing.predict], ["Total", timing.total]].map(([name, milliseconds]) =>
      element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: `${Math.round(milliseconds)} ms` })));
    return element("article", { className: none ? "outcome outcome-none" : "outcome" }, head, table,
      element("dl", { className: "times" }, ...times),
      element("p", {
        className: "fine",
        textContent: `${clip.seconds.toFixed(2)} s, ${clip.frames} frames of ${clip.width} × ${clip.height}. Model ${model.name} ${model.version}, ${model.engine}.`,
      }),
      element("p", { className: "fine", textContent: "Answered on this device, by pictures alone." }));
  }

  function row(names, share) {
    const fill = element("div", { className: "bar-fill" });
    fill.style.width = `${(100 * share).toFixed(2)}%`;
    const bar = element("td", { className: "row-bar" }, element("div", { className: "bar" }, fill));
    bar.setAttribute("aria-hidden", "true");
    return element("tr", {}, element("th", { scope: "row" }, ...names), bar, element("td", { className: "row-number", textContent: percent(share) }));
  }

  function strip({ clip, stills }) {
    const frames = stills.map((still, number) => {
      const image = element("img", { src: `data:image/jpeg;base64,${still}`, alt: `Frame ${clip.sampled[number]} of the clip`, width: clip.width, height: clip.height });
      const shown = element("div", { className: "still" }, image);
      if (clip.crop) {
        const square = element("div", { className: "crop" });
        const share = (value, whole) => `${((100 * value) / whole).toFixed(2)}%`;
        Object.assign(square.style, {
          left: share(clip.crop.x, clip.width), top: share(clip.crop.y, clip.height),
          width: share(clip.crop.side, clip.width), height: share(clip.crop.side, clip.height),
        });
        shown.append(square);
      }
      const caption = element("figcaption", { textContent: `${clip.sampled_seconds[number].toFixed(2)} s` });
      return element("li", {}, element("figure", {}, shown, caption));
    });
    const where = clip.crop ? "The square marks the part it was shown: the athlete." : "It was shown each frame whole.";
    const head = element("div", { className: "strip-head" },
      element("h3", { textContent: "What the model saw" }),
      element("p", { className: "fine", textContent: `${frames.length} frames, equally spaced over the clip. ${where}` }));
    return element("section", { className: "saw" }, head,
      element("ol", { className: `strip ${clip.height > clip.width ? "strip-tall" : "strip-wide"}` }, ...frames));
  }

  function store(chosen) {
    try {
      if (chosen) localStorage.setItem(STORED, "yes");
      else localStorage.removeItem(STORED);
    } catch {
      // without storage the choice lasts as long as the page
    }
  }

  function stored() {
    try {
      return localStorage.getItem(STORED) === "yes";
    } catch {
      return false;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.id !== "device") return;
    store(event.target.checked);
    if (event.target.checked) prepare();
    else tell("");
  });

  /* Offer the choice, where the server has what answers and the browser what decodes. */
  function begin() {
    if (!can()) return;
    const box = element("input", { type: "checkbox", id: "device", className: "form-check-input", checked: stored() });
    const said = element("p", { id: "device-said", className: "fine" });
    said.setAttribute("role", "status");
    byId("device-choice").replaceChildren(element("label", {}, box, "Answer on this device"), said);
    byId("device-choice").hidden = false;
    if (box.checked) prepare();
  }

  window.movements = Object.assign(window.movements || {}, {
    onDevice: { wanted, answer: answerOnDevice, draw: drawOnDevice, clear, summaryOf },
  });
  window.movements.once("device-choice", begin);
})();
