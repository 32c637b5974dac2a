/* Several clips at once: a row for each, with what has become of it; sorted, filtered, downloaded as a table or as JSON. */
(() => {
  "use strict";

  const { element } = window.movements;
  const AT_ONCE = 2;
  const ROWS = 5;
  const API = "/api/v1/classify";
  const byId = (id) => document.getElementById(id);
  const config = () => JSON.parse(byId("panel-clip").dataset.config);

  let entries = []; // {file, state: "waits" | "uploading" | "looked at" | "done" | "failed", share, answer, problem}
  let sorted = { by: "number", down: false };
  let halt = null; // ends everything that is under way

  const named = (entry) => entry.answer?.none_of_these?.answer ? "None of these" : nameOf(entry.answer?.predictions[0].label);

  function nameOf(label) {
    const option = label && document.querySelector(`#movement option[value="${CSS.escape(label)}"]`);
    return option ? window.movements.english(option) : label || "";
  }

  const probability = (entry) =>
    entry.answer?.none_of_these?.answer ? entry.answer.none_of_these.probability : entry.answer?.predictions[0].probability;
  const repetitions = (entry) => {
    const { answer } = entry;
    if (!answer || answer.none_of_these?.answer) return undefined;
    const own = answer.sets.filter(({ label }) => label === answer.predictions[0].label);
    return own.length ? own.reduce((sum, found) => sum + found.repetitions, 0) : undefined;
  };

  const COLUMNS = {
    number: { title: "", of: (entry) => entries.indexOf(entry) + 1 },
    file: { title: "clip", of: (entry) => entry.file.name },
    movement: { title: "movement", of: named },
    probability: { title: "probability", of: probability },
    repetitions: { title: "reps", of: repetitions },
    state: { title: "state", of: (entry) => told(entry) },
  };

  function told(entry) {
    if (entry.state === "uploading") return `uploading, ${Math.round(100 * entry.share)} %`;
    return entry.problem ? entry.problem.message : entry.state;
  }

  /* Begin with some files; whatever was here before is given up. */
  function classifyAll(files) {
    halt?.abort();
    halt = new AbortController();
    entries = files.map((file) => {
      const wrong = window.movements.wrongWith(file, config().maxBytes);
      return { file, share: 0, answer: null, state: wrong ? "failed" : "waits", problem: wrong ? known({ name: wrong }) : null };
    });
    byId("batch").hidden = false;
    byId("batch-search").replaceChildren(search());
    draw();
    run();
    byId("batch").scrollIntoView({ block: "nearest" });
  }

  function search() {
    const input = element("input", { type: "search", id: "batch-filter", className: "form-control" });
    for (const name of ["placeholder", "aria-label"]) input.setAttribute(name, "Filter by name, movement or state");
    return input;
  }

  const known = (problem) => config().problems[problem.name] || problem;

  async function run() {
    const { signal } = halt;
    const next = () => entries.find((entry) => entry.state === "waits");
    const worker = async () => {
      for (let entry = next(); entry && !signal.aborted; entry = next()) await classify(entry, signal);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (!signal.aborted) byId("batch-status").textContent = summary();
  }

  async function classify(entry, signal) {
    const here = window.movements.onDevice.wanted();
    Object.assign(entry, { state: here ? "looked at" : "uploading", share: 0, problem: null, answer: null });
    draw();
    try {
      if (here) {
        entry.answer = await answeredHere(entry.file);
        if (signal.aborted) return;
        entry.state = "done";
        draw();
        return;
      }
      const key = await window.movements.upload(entry.file, {
        onProgress: (share) => {
          entry.share = share;
          draw();
        },
        signal,
      });
      entry.state = "looked at";
      draw();
      entry.answer = await answered(key, signal);
      entry.state = "done";
    } catch (problem) {
      if (signal.aborted) return;
      Object.assign(entry, { state: "failed", problem: known(problem) });
    }
    draw();
  }

  /* The answer of this device, in the form of the server's. */
  async function answeredHere(file) {
    const { prediction, none_of_these, clip, model, timing_ms, seen, streams } = await window.movements.onDevice.answer(file, null, ROWS);
    const predictions = prediction.map(([label, probability]) => ({ label, probability }));
    return { predictions, none_of_these, clip, model, timing_ms, seen, streams, sets: [] };
  }

  async function answered(key, signal) {
    let response;
    try {
      response = await fetch(API, {
        method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key }),
      });
    } catch {
      throw { name: "interrupted" };
    }
    const body = await response.json().catch(() => ({}));
    if (response.ok) return body;
    throw body.detail ? { code: body.code, message: body.detail, hint: body.hint } : { name: "refused" };
  }

  function summary() {
    const done = entries.filter((entry) => entry.state === "done").length;
    const failed = entries.filter((entry) => entry.state === "failed").length;
    const over = done + failed === entries.length;
    return `${over ? "All" : done + failed} of ${entries.length} clips answered${failed ? `, ${failed} with a problem` : ""}.`;
  }

  function shown() {
    const wanted = byId("batch-filter").value.trim().toLowerCase();
    const { of } = COLUMNS[sorted.by];
    const found = entries.filter((entry) =>
      [entry.file.name, named(entry), window.movements.say(named(entry)), told(entry)].join(" ").toLowerCase().includes(wanted),
    );
    const order = (one, other) => {
      const [a, b] = [of(one), of(other)];
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined); // without a value, last
      return (sorted.down ? -1 : 1) * (typeof a === "number" ? a - b : String(a).localeCompare(String(b)));
    };
    return found.sort(order);
  }

  let drawing = 0;

  /* At most once in a picture of the screen: uploads tell of their progress more often. */
  function draw() {
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(() => {
      const focused = document.activeElement?.dataset?.batch;
      byId("batch-count").textContent = summary();
      byId("batch-progress").value = entries.filter((entry) => ["done", "failed"].includes(entry.state)).length;
      byId("batch-progress").max = entries.length;
      byId("batch-rows").replaceChildren(table());
      if (focused) document.querySelector(`[data-batch="${CSS.escape(focused)}"]`)?.focus();
    });
  }

  function table() {
    const head = element("tr", {}, ...Object.entries(COLUMNS).map(([name, { title }]) => {
      if (!title) return element("td");
      const button = element("button", { type: "button", className: "jump", textContent: title });
      button.dataset.batch = `sort ${name}`;
      const cell = element("th", { scope: "col" }, button);
      cell.setAttribute("aria-sort", sorted.by === name ? (sorted.down ? "descending" : "ascending") : "none");
      return cell;
    }), element("td"));
    const rows = shown().map((entry) => {
      const number = entries.indexOf(entry);
      const file = element("button", { type: "button", className: "jump", textContent: entry.file.name });
      Object.assign(file.dataset, { batch: `show ${number}`, asIs: "true" });
      const state = element("td", { className: "batch-state" }, element("span", { textContent: told(entry) }));
      if (entry.problem?.hint) state.append(" ", element("span", { className: "fine", textContent: entry.problem.hint }));
      const row = element("tr", {},
        element("td", { className: "batch-number", textContent: String(number + 1) }),
        element("th", { scope: "row" }, file),
        element("td", { textContent: named(entry) }),
        element("td", { className: "row-number", textContent: percent(probability(entry)) }),
        element("td", { className: "row-number", textContent: String(repetitions(entry) ?? "") }),
        state,
        element("td", {}, ...(entry.state === "failed" && !unchanging(entry) ? [again(number)] : [])),
      );
      row.dataset.state = entry.state;
      return row;
    });
    return element("table", { className: "repetitions batch-table" },
      element("caption", { className: "visually-hidden", textContent: "Clips and their answers" }),
      element("thead", {}, head), element("tbody", {}, ...rows));
  }

  const percent = (share) => (share === undefined ? "" : share > 0 && share < 0.0005 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);
  const unchanging = ({ problem }) => ["empty_file", "too_large", "not_a_video"].includes(problem.code);

  function again(number) {
    const button = element("button", { type: "button", className: "jump", textContent: "Try again" });
    button.dataset.batch = `again ${number}`;
    return button;
  }

  /* What a program can read: one row, or one object, per clip, in the order in which they were chosen. */
  function facts(entry) {
    return {
      file: entry.file.name,
      movement: entry.answer && !entry.answer.none_of_these?.answer ? entry.answer.predictions[0].label : "",
      none_of_these: entry.answer ? Boolean(entry.answer.none_of_these?.answer) : "",
      probability: probability(entry) ?? "",
      repetitions: repetitions(entry) ?? "",
      seconds: entry.answer?.clip.seconds ?? "",
      error: entry.problem?.code ?? "",
      message: entry.problem?.message ?? "",
    };
  }

  function quoted(value) {
    // A cell that begins like a formula is text in a spreadsheet only with an apostrophe before it.
    const text = String(value).replace(/^[=+\-@\t\r]/, (first) => (Number.isNaN(Number(value)) ? `'${first}` : first));
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function download(kind) {
    const rows = entries.map(facts);
    const text = kind === "csv"
      ? [Object.keys(rows[0]), ...rows.map(Object.values)].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n"
      : JSON.stringify(entries.map((entry) => ({ file: entry.file.name, classification: entry.answer, problem: entry.problem })), null, 2);
    window.movements.save(new Blob([text], { type: kind === "csv" ? "text/csv" : "application/json" }), `clips.${kind}`);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#batch button");
    if (!button) return;
    if (button.id === "batch-csv") download("csv");
    else if (button.id === "batch-json") download("json");
    else if (button.id === "batch-close") close();
    const [action, what] = (button.dataset.batch || "").split(" ");
    if (action === "sort") {
      sorted = { by: what, down: sorted.by === what && !sorted.down };
      draw();
    } else if (action === "again") {
      Object.assign(entries[Number(what)], { state: "waits", problem: null });
      run();
    } else if (action === "show") window.movements.showClip(entries[Number(what)].file);
  });

  function close() {
    halt?.abort();
    entries = [];
    byId("batch").hidden = true;
    byId("dropzone").focus();
  }

  document.addEventListener("input", (event) => event.target.id === "batch-filter" && draw());

  window.movements = Object.assign(window.movements || {}, { classifyAll });
})();
