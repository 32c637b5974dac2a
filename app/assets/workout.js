/* The workout panel: choose a film, have it analysed, go through its repetitions, correct them. */
(() => {
  "use strict";

  const { ask, element } = window.movements;
  const STORED = "workout"; // in the browser: {films: [{job, name, said}], here}, so that a reload loses nothing
  const POLL_MS = 1000; // at first; what takes longer is asked for less often
  const SELDOM_MS = 3000;
  const OFTEN = 10;
  const byId = (id) => document.getElementById(id);
  const panel = () => byId("panel-workout");
  const config = () => JSON.parse(panel().dataset.config);
  const VERDICTS = { rep: "good", "no rep": "no rep", look: "look", unclear: "unclear", x: "not a repetition" };
  const LETTERS = { rep: "r", "no rep": "n", x: "x" };

  let film = null; // {file, url}
  let job = null; // {id, name}
  let result = null; // the WorkoutAnswer
  let rows = []; // {segment, place, repetition} in the order of the film
  let said = {}; // corrections by "segment.place": "rep", "no rep" or "x"
  let undo = [];
  let chosen = -1;
  let attempt = null;
  let undraw = null; // stops drawing the athlete's body over the film
  let shelf = []; // films that were chosen together: {name, file, wrong, job, said, state, problem, submitted, halt}
  let here = 0; // the place of the one that is shown
  let line = Promise.resolve(); // uploads, one after the other
  let watch = null; // asks what has become of the films that are not shown
  let athlete = null; // [x, y] in shares of the first picture, if somebody pointed the athlete out

  const chooser = window.movements.chooserOf("workout-chooser", (files) => choose(files), { multiple: true });

  const state = () => panel().dataset.state;
  const busy = () => ["uploading", "waiting", "working"].includes(state());

  function setState(next) {
    panel().dataset.state = next;
    byId("analyse").disabled = !film || busy() || next === "done";
    panel().setAttribute("aria-busy", String(busy()));
  }

  function remember() {
    if (shelf[here]) Object.assign(shelf[here], { job: job?.id ?? shelf[here].job, said });
    const films = shelf.filter((entry) => entry.job);
    try {
      if (films.length) {
        const kept = films.map((entry) => ({ job: entry.job, name: entry.name, said: entry.said }));
        localStorage.setItem(STORED, JSON.stringify({ films: kept, here: Math.max(0, films.indexOf(shelf[here])) }));
      } else localStorage.removeItem(STORED);
    } catch {
      // without storage a reload begins anew
    }
    drawShelf();
  }

  function showProblem(problem) {
    byId("workout-problem").replaceChildren(window.movements.problemBox(config().problems[problem.name] || problem));
    setState("failed");
  }

  /* Nothing is shown any more; what is on the shelf stays there. */
  function clear() {
    attempt?.abort();
    attempt = null;
    job = result = null;
    rows = [];
    said = {};
    undo = [];
    chosen = -1;
    drawBody(false);
    for (const id of ["workout-problem", "workout-totals", "timeline", "cadence", "repetitions"]) byId(id).replaceChildren();
  }

  /* The film that is shown is to be analysed anew, or not at all. */
  function forget() {
    clear();
    if (shelf[here]) Object.assign(shelf[here], { job: null, said: {}, state: "", problem: null, submitted: null });
    remember();
  }

  function choose(files) {
    const back = files.map((file) => [file, shelf.find((entry) => entry.job && entry.name === file.name)]);
    if (shelf.length && back.every(([, entry]) => entry)) {
      // the films of results that a reload brought back
      for (const [file, entry] of back) entry.file = file;
      if (shelf[here].file) showFilm(shelf[here].file);
      if (result) setState("done");
      return;
    }
    for (const entry of shelf) entry.halt?.abort();
    clear();
    shelf = files.map((file) => {
      const wrong = window.movements.wrongWith(file, config().maxBytes);
      return { name: file.name, file, job: null, said: {}, state: wrong ? "cannot be read" : "", wrong, problem: wrong && { name: wrong } };
    });
    here = Math.max(0, shelf.findIndex((entry) => !entry.problem));
    remember();
    open(here);
    if (!shelf[here].problem) byId("analyse").focus();
  }

  function showFilm(file) {
    if (film) URL.revokeObjectURL(film.url);
    film = file ? { file, url: URL.createObjectURL(file) } : null;
    athlete = null;
    if (film) play();
    else byId("workout-player").replaceChildren();
  }

  /* Show another film of the shelf, whatever has become of it. */
  function open(place) {
    if (shelf[here] && place !== here) Object.assign(shelf[here], { said });
    clear();
    here = place;
    const entry = shelf[here];
    said = entry.said;
    byId("film-name").textContent = entry.name;
    byId("film-facts").textContent = "";
    showFilm(entry.wrong ? null : entry.file);
    remember();
    if (entry.problem) {
      showProblem(entry.problem);
      return;
    }
    if (entry.job || entry.submitted) wait(entry);
    else setState("chosen");
  }

  /* Until a film is analysed: its turn to be uploaded, the upload, the analysis. */
  async function wait(entry) {
    const mine = new AbortController();
    attempt = mine;
    if (entry.job) {
      setState("working");
      label("Asking for the workout", null);
    } else {
      setState("uploading");
      label("To be uploaded", null);
    }
    try {
      await entry.submitted;
      if (attempt !== mine) return;
      if (entry.problem) throw entry.problem;
      job = { id: entry.job, name: entry.name };
      if (!film) withoutFilm();
      await follow(mine);
    } catch (problem) {
      if (attempt === mine) failed(problem);
    }
  }

  function failed(problem) {
    if (problem.code === "not_found" && !film) {
      leave(); // a result whose time is over, of a film that a reload has forgotten
      return;
    }
    Object.assign(shelf[here], { problem, state: "failed" });
    drawShelf();
    showProblem(problem);
  }

  /* The films that were chosen together, each with what has become of it; nothing for a single one. */
  function drawShelf() {
    const list = byId("films");
    if (!list) return;
    const items = shelf.map((entry, place) => {
      const button = element("button", { type: "button", className: "jump", textContent: entry.name });
      button.dataset.film = String(place);
      button.dataset.asIs = "true";
      button.setAttribute("aria-current", String(place === here));
      return element("li", {}, button, element("span", { textContent: entry.state || "" }));
    });
    list.replaceChildren(...(shelf.length > 1 ? items : []));
    byId("analyse").textContent = shelf.filter((entry) => !entry.job && !entry.problem).length > 1 ? "Analyse workouts" : "Analyse workout";
  }

  /* Have a film uploaded and analysed when those before it were uploaded. */
  function send(entry) {
    const halt = new AbortController();
    const halted = new Promise((_, reject) => halt.signal.addEventListener("abort", () => reject({ name: "halted" })));
    Object.assign(entry, { halt, problem: null });
    told(entry, "to be sent");
    entry.submitted = line = line.then(async () => {
      if (halt.signal.aborted) return;
      try {
        const upload = window.movements.upload(entry.file, {
          address: "/api/workouts/uploads",
          onProgress: (share) => uploading(entry, share),
          signal: halt.signal,
        });
        const key = await Promise.race([upload, halted]);
        const { id } = await ask("/api/workouts", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(entry.athlete ? { key, athlete: entry.athlete } : { key }),
        });
        if (halt.signal.aborted) {
          withdraw(id);
          return;
        }
        entry.job = id;
        told(entry, "waits");
        remember();
      } catch (problem) {
        if (halt.signal.aborted) return;
        entry.problem = problem;
        told(entry, "failed");
      }
    });
    halted.catch(() => {}); // nobody may be waiting for it
  }

  function uploading(entry, share) {
    const text = `${Math.round(100 * share)} %`;
    if (entry === shelf[here] && state() === "uploading") label(`Uploading, ${text}`, share);
    told(entry, `uploading, ${text}`);
  }

  const withdraw = (id) => ask(`/api/workouts/${id}`, { method: "DELETE" }).catch(() => {});

  /* Ask now and then what has become of the films that are not shown, as long as these are on the shelf. */
  async function watchOthers() {
    const mine = shelf;
    if (watch === mine || mine.length < 2) return;
    watch = mine;
    const unfinished = () => shelf.filter((entry) => entry !== shelf[here] && entry.job && !["done", "failed"].includes(entry.state));
    for (let asked = 0; shelf === mine; await pause(asked)) {
      for (const entry of unfinished()) {
        asked += 1;
        try {
          const { state: now, progress, error } = await ask(`/api/workouts/${entry.job}`);
          if (now === "failed") entry.problem = error;
          told(entry, now === "working" && progress ? `${Math.round(100 * progress.share)} %` : now === "waiting" ? "waits" : now);
        } catch {
          // asked again
        }
        await pause(asked);
      }
    }
  }

  function told(entry, text) {
    if (entry.state === text) return;
    entry.state = text;
    drawShelf();
  }

  function play() {
    drawBody(false);
    const video = document.createElement("video");
    Object.assign(video, { muted: true, controls: true, playsInline: true, preload: "metadata" });
    video.setAttribute("aria-label", `Your film: ${film.file.name}`);
    video.addEventListener("error", unplayable);
    video.addEventListener("timeupdate", () => movePlayhead(video.currentTime));
    byId("film-name").textContent = film.file.name;
    byId("film-facts").textContent = window.movements.sizeInWords(film.file.size);
    byId("workout-player").replaceChildren(video);
    video.src = film.url;
  }

  /* The athlete is pointed out in the first picture, as the server looks for them there. */
  function point() {
    const player = video();
    if (!player) return;
    player.pause();
    player.currentTime = 0;
    const veil = element("button", { type: "button", className: "veil" });
    veil.setAttribute("aria-label", "The film's first picture: choose the athlete; the middle, by keyboard");
    veil.addEventListener("click", (event) => {
      const box = player.getBoundingClientRect();
      const { left, top, width: wide, height: high } = window.movements.pictureIn(player);
      const byKey = event.clientX === 0 && event.clientY === 0;
      const x = byKey ? 0.5 : (event.clientX - box.left - left) / wide;
      const y = byKey ? 0.5 : (event.clientY - box.top - top) / high;
      if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return;
      athlete = [Number(x.toFixed(3)), Number(y.toFixed(3))];
      veil.remove();
      const mark = element("span", { className: "pointed" });
      mark.style.left = `${player.offsetLeft + left + x * wide}px`;
      mark.style.top = `${player.offsetTop + top + y * high}px`;
      byId("workout-player").querySelector(".pointed")?.remove();
      byId("workout-player").append(mark);
      byId("workout-status").textContent = "The athlete is pointed out.";
      byId("analyse").focus();
    });
    byId("workout-player").append(veil);
    veil.focus();
  }

  function unplayable() {
    note("Your browser cannot play this film. You may have it analysed all the same.");
  }

  function note(text) {
    const line = document.createElement("p");
    line.className = "stage-empty";
    line.textContent = text;
    byId("workout-player").replaceChildren(line);
  }

  const video = () => byId("workout-player").querySelector("video");

  function analyse() {
    if (!film || busy()) return;
    const entry = shelf[here];
    forget();
    entry.athlete = athlete;
    send(entry);
    for (const other of shelf) if (!other.job && !other.problem && !other.submitted) send(other);
    watchOthers();
    wait(entry);
  }

  /* Ask what has become of the job until it is over; a lost connection is tried again. */
  async function follow(mine) {
    let lost = 0;
    for (let asked = 0; attempt === mine; asked += 1) {
      let told;
      try {
        told = await ask(`/api/workouts/${job.id}`);
        lost = 0;
      } catch (problem) {
        if (problem.name !== "interrupted" || ++lost > 30) throw problem;
        await pause(asked);
        continue;
      }
      if (attempt !== mine) return;
      if (told.state === "failed") throw told.error;
      if (told.state === "done") {
        show(told.workout);
        return;
      }
      setState(told.state);
      tell(told);
      await pause(asked);
    }
  }

  const pause = (asked = 0) => new Promise((resolve) => setTimeout(resolve, asked < OFTEN ? POLL_MS : SELDOM_MS));

  function tell({ state: now, before, progress, seconds_left: left }) {
    if (now === "waiting") {
      label(before ? `Waiting, ${before} before it` : "Waiting for its turn", null);
      return;
    }
    if (!progress) {
      label("Opening the film", null);
      return;
    }
    const stage = progress.stage === "naming" ? "Naming the movements" : "Following the athlete";
    const rest = left == null ? "" : `, about ${duration(left)} left`;
    label(`${stage}, ${Math.round(100 * progress.share)} %${rest}`, progress.share);
  }

  function label(text, share) {
    byId("workout-label").textContent = text;
    if (share === null) byId("workout-progress").removeAttribute("value");
    else byId("workout-progress").setAttribute("value", Math.round(100 * share));
  }

  function duration(seconds) {
    return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
  }

  function clock(seconds) {
    const minutes = Math.floor(seconds / 60);
    return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, "0")}`;
  }

  const nameOf = (segment) => segment.movement || "another exercise";
  const keyOf = (row) => `${row.segment}.${row.place}`;
  const verdictOf = (row) => said[keyOf(row)] || row.repetition.verdict || "unclear";

  function show(workout) {
    result = workout;
    rows = workout.segments.flatMap((segment, number) =>
      segment.repetitions.map((repetition, place) => ({ segment: number, place, repetition })),
    );
    if (!film) withoutFilm();
    shelf[here].state = "done";
    setState("done");
    draw();
    drawShelf();
    const counted = rows.length === 1 ? "1 repetition" : `${rows.length} repetitions`;
    byId("workout-status").textContent = `The workout is analysed: ${counted}.`;
  }

  /* After a reload the page has no film to play: the browser gives it only to whoever chooses it. */
  function withoutFilm() {
    note(`Choose ${job.name} again to see it play beside its repetitions.`);
  }

  /* The body is drawn on request; the button says whether it is. */
  function drawBody(wanted) {
    undraw?.();
    undraw = wanted && result?.bodies && video() ? window.movements.bodyOver(video(), result.bodies) : null;
    byId("draw-body").setAttribute("aria-pressed", String(undraw !== null));
  }

  function draw() {
    panel().dataset.bodies = String(Boolean(result.bodies));
    byId("workout-totals").replaceChildren(totals());
    byId("timeline").replaceChildren(...timeline());
    byId("cadence").replaceChildren(...[window.movements.cadence(sets(), result.seconds || 1)].filter(Boolean));
    byId("repetitions").replaceChildren(table());
    for (const link of document.querySelectorAll("#panel-workout .download")) {
      const corrections = Object.entries(said).map(([key, verdict]) => key + LETTERS[verdict]).join(",");
      const query = new URLSearchParams({ film: job.name, ...(corrections && { corrections }) });
      link.href = `/api/workouts/${job.id}/${link.dataset.form}?${query}`;
    }
  }

  const left = (number) => rows.filter((row) => row.segment === number && verdictOf(row) !== "x");

  /* Segments with their counts, sets and pace, what is corrected left out. */
  function totals() {
    if (!rows.length) {
      return element("div", {}, element("h2", { className: "question", textContent: "No repetition was found" }),
        element("p", { className: "lead", textContent: "Is the athlete in the picture, and larger than a quarter of it?" }));
    }
    const body = element("tbody");
    result.segments.forEach((segment, number) => {
      const these = left(number);
      const refused = these.filter((row) => verdictOf(row) === "no rep").length;
      const looked = these.filter((row) => verdictOf(row) === "look").length;
      const notes = [refused && `${refused} no rep`, looked && `${looked} to look at`].filter(Boolean).join(", ");
      const doubt = segment.perhaps && these.length === segment.repetitions.length
        ? `, perhaps ${these.length + segment.perhaps}` : "";
      const sets = (segment.sets || []).map(
        ({ first, last }) => these.filter((row) => row.place >= first && row.place <= last).length,
      ).filter(Boolean);
      const seconds = segment.end - segment.start;
      const pace = these.length > 1 ? `${Math.round((60 * (these.length - 1)) / (these.at(-1).repetition.start - these[0].repetition.start))} a minute` : "";
      const jump = element("button", { type: "button", className: "jump", textContent: clock(segment.start) });
      jump.dataset.row = String(rows.findIndex((row) => row.segment === number));
      body.append(element("tr", {},
        element("td", {}, jump),
        element("th", { scope: "row", textContent: nameOf(segment) }),
        element("td", { className: "count", textContent: `${these.length}${doubt}` }),
        element("td", { textContent: [sets.length > 1 ? sets.join("+") : "", notes].filter(Boolean).join(" · ") }),
        element("td", { textContent: `${seconds.toFixed(0)} s` }),
        element("td", { textContent: pace }),
      ));
    });
    const head = element("thead", {}, element("tr", {},
      ...["from", "movement", "reps", "sets", "lasts", "pace"].map((text) => element("th", { scope: "col", textContent: text }))));
    return element("table", { className: "totals" }, element("caption", { className: "visually-hidden", textContent: "Totals" }), head, body);
  }

  /* What is left of every set, as `cadence` takes it. */
  function sets() {
    return result.segments.flatMap((segment, number) =>
      (segment.sets || []).map(({ first, last }) => ({
        name: nameOf(segment),
        tone: segment.movement ? String(tone(segment.movement)) : "none",
        starts: left(number).filter((row) => row.place >= first && row.place <= last).map((row) => row.repetition.start),
      })));
  }

  function timeline() {
    const whole = result.seconds || 1;
    const bar = element("div", { className: "timeline-bar" });
    result.segments.forEach((segment, number) => {
      const part = element("div", { className: "timeline-segment", title: `${nameOf(segment)}, ${left(number).length}` });
      part.style.left = `${(100 * segment.start) / whole}%`;
      part.style.width = `${Math.max(0.4, (100 * (segment.end - segment.start)) / whole)}%`;
      part.dataset.tone = segment.movement ? String(tone(segment.movement)) : "none";
      part.append(element("span", { textContent: nameOf(segment) }));
      bar.append(part);
    });
    rows.forEach((row, number) => {
      const tick = element("button", { type: "button", className: "tick", tabIndex: -1 });
      tick.style.left = `${(100 * row.repetition.end) / whole}%`;
      tick.dataset.row = String(number);
      tick.dataset.verdict = verdictOf(row);
      tick.setAttribute("aria-label", `Repetition ${number + 1}, ${VERDICTS[verdictOf(row)]}`);
      bar.append(tick);
    });
    bar.append(element("div", { className: "playhead", id: "playhead" }));
    const scale = element("div", { className: "timeline-scale" },
      element("span", { textContent: "0:00" }), element("span", { textContent: clock(whole) }));
    return [bar, scale];
  }

  const tone = (movement) => [...new Set(result.segments.map((segment) => segment.movement))].filter(Boolean).indexOf(movement) % 6;

  function movePlayhead(second) {
    const head = byId("playhead");
    if (head && result) head.style.left = `${Math.min(100, (100 * second) / result.seconds)}%`;
  }

  function why(repetition) {
    const decided = (repetition.judgements || []).find((point) => point.verdict === repetition.verdict);
    if (!decided || repetition.verdict === "rep") return "";
    const unit = decided.unit === "degrees" ? "°" : " thigh";
    const figures = decided.measured == null ? "" : `: ${decided.measured}${unit}, required ${decided.required}${unit}`;
    return `${decided.standard}${figures}${decided.reason ? ` (${decided.reason})` : ""}`;
  }

  function table() {
    const body = element("tbody");
    rows.forEach((row, number) => {
      const { repetition } = row;
      const jump = element("button", { type: "button", className: "jump", textContent: clock(repetition.start) });
      jump.dataset.row = String(number);
      const verdict = verdictOf(row);
      const line = element("tr", { id: `repetition-${number}` },
        element("td", {}, jump),
        element("th", { scope: "row", textContent: `${nameOf(result.segments[row.segment])} ${row.place + 1}` }),
        element("td", { textContent: `${(repetition.end - repetition.start).toFixed(1)} s` }),
        element("td", {}, element("span", { className: "verdict-mark", textContent: VERDICTS[verdict] })),
        element("td", { className: "why", textContent: said[keyOf(row)] ? "corrected" : why(repetition) }),
      );
      line.dataset.verdict = verdict;
      line.setAttribute("aria-current", String(number === chosen));
      body.append(line);
    });
    const head = element("thead", {}, element("tr", {},
      ...["from", "repetition", "lasts", "verdict", "why"].map((text) => element("th", { scope: "col", textContent: text }))));
    return element("table", { className: "repetitions" }, element("caption", { className: "visually-hidden", textContent: "Repetitions" }), head, body);
  }

  function select(number) {
    if (!rows.length) return;
    chosen = Math.min(rows.length - 1, Math.max(0, number));
    const player = video();
    if (player) player.currentTime = rows[chosen].repetition.start;
    movePlayhead(rows[chosen].repetition.start);
    for (const line of document.querySelectorAll("#repetitions tr[aria-current]")) {
      line.setAttribute("aria-current", String(line.id === `repetition-${chosen}`));
    }
    byId(`repetition-${chosen}`)?.scrollIntoView({ block: "nearest" });
    const row = rows[chosen];
    byId("workout-status").textContent =
      `${nameOf(result.segments[row.segment])} ${row.place + 1}, ${VERDICTS[verdictOf(row)]}. ${why(row.repetition)}`;
  }

  function correct(verdict) {
    if (chosen < 0) return;
    const key = keyOf(rows[chosen]);
    undo.push([key, said[key]]);
    said[key] = verdict;
    changed();
  }

  function takeBack() {
    const last = undo.pop();
    if (!last) return;
    if (last[1] === undefined) delete said[last[0]];
    else said[last[0]] = last[1];
    changed();
  }

  function changed() {
    remember();
    draw();
    select(chosen);
  }

  document.addEventListener("click", (event) => {
    const inside = event.target.closest("#panel-workout button");
    if (!inside) return;
    if (inside.dataset.row !== undefined) select(Number(inside.dataset.row));
    else if (inside.id === "analyse") analyse();
    else if (inside.id === "workout-dropzone" || inside.id === "workout-replace") chooser.click();
    else if (inside.id === "workout-stop") stop();
    else if (inside.id === "point") point();
    else if (inside.id === "draw-body") drawBody(undraw === null);
    else if (inside.dataset.film !== undefined) open(Number(inside.dataset.film));
  });

  /* Give up the film that is shown; one that a reload has forgotten leaves the shelf. */
  function stop() {
    const gone = shelf[here]?.job;
    shelf[here]?.halt?.abort();
    if (film) {
      forget();
      setState("chosen");
    } else leave();
    if (gone) withdraw(gone);
  }

  function leave() {
    clear();
    shelf.splice(here, 1);
    here = 0;
    if (shelf.length) {
      open(0);
      return;
    }
    remember();
    setState("empty");
  }

  document.addEventListener("keydown", (event) => {
    if (panel()?.hidden !== false || state() !== "done" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [role=tab], video")) return;
    const player = video();
    const action = {
      ArrowRight: () => select(chosen + 1),
      ArrowLeft: () => select(chosen - 1),
      1: () => correct("rep"),
      2: () => correct("no rep"),
      3: () => correct("x"),
      z: takeBack,
      b: () => drawBody(undraw === null),
      " ": () => (player?.paused ? player.play() : player?.pause()),
    }[event.key];
    if (!action || (event.key === " " && event.target.closest("button, a"))) return;
    event.preventDefault();
    action();
  });

  /* A reload finds the job, or its result, again. */
  function again() {
    let stored = null;
    try {
      stored = JSON.parse(localStorage.getItem(STORED));
    } catch {
      // nothing that can be read
    }
    const films = stored?.films || (stored?.job ? [stored] : []);
    if (!films.length) return;
    shelf = films.map((entry) => ({ name: entry.name, file: null, job: entry.job, said: entry.said || {}, state: "", problem: null }));
    if (!location.hash) window.movements.showTab("workout", { keep: false });
    open(Math.min(stored.here || 0, shelf.length - 1));
    watchOthers();
  }

  window.movements = Object.assign(window.movements || {}, { chooseWorkout: choose });
  const waiting = new MutationObserver(() => {
    if (!panel()) return;
    waiting.disconnect();
    again();
  });
  waiting.observe(document.documentElement, { childList: true, subtree: true });
})();
