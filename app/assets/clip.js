/* The clip panel: choose, play, submit, answer. Its state is the panel's data-state; the style sheet shows what fits it. */
(() => {
  "use strict";

  const ROWS = 5;
  const byId = (id) => document.getElementById(id);
  const panel = () => byId("panel-clip");
  const config = () => JSON.parse(panel().dataset.config);
  const setProps = (id, props) => window.dash_clientside.set_props(id, props);

  let clip = null; // {file, url}
  let trim = null; // what of the clip is to be looked at, see trim.js
  let attempt = null; // {key, started, uploaded, abort}: the submission under way, or the last one

  const chooser = window.movements.chooserOf("chooser", (files) => chooseAll(files), { multiple: true });

  const recorder = window.movements.chooserOf("recorder", (file) => choose(file), { camera: true });

  const busy = () => ["uploading", "predicting"].includes(panel().dataset.state);

  function setState(state) {
    panel().dataset.state = state;
    byId("submit").disabled = !clip || busy();
    panel().setAttribute("aria-busy", String(busy()));
  }

  /* Forget the clip and everything said about it. */
  function reset() {
    attempt?.abort.abort();
    attempt = null;
    if (clip) URL.revokeObjectURL(clip.url);
    clip = null;
    byId("player").replaceChildren();
    byId("trim").replaceChildren();
    trim = null;
    byId("clip-name").textContent = byId("clip-facts").textContent = "";
    clearAnswer();
    setState("empty");
  }

  function clearAnswer() {
    byId("problem").replaceChildren();
    setProps("answer", { children: null });
    setProps("saw", { children: null });
    setProps("status", { children: "" });
    window.movements.onDevice.clear();
    trim?.mark(null);
  }

  /* One clip is shown and waits to be submitted; several are answered at once, each in its row. */
  function chooseAll(files) {
    if (files.length === 1) {
      choose(files[0]);
      return;
    }
    window.movements.showTab("clip");
    window.movements.classifyAll(files);
  }

  /* A clip of a row: shown and answered in full. */
  function showClip(file) {
    choose(file);
    if (clip) submit();
    byId("panel-clip").scrollIntoView({ block: "start" });
  }

  function choose(file) {
    window.movements.showTab("clip");
    reset();
    const wrong = window.movements.wrongWith(file, config().maxBytes);
    if (wrong) {
      showProblem({ name: wrong });
      return;
    }
    clip = { file, url: URL.createObjectURL(file) };
    play();
    setState("chosen");
    byId("submit").focus();
  }

  function play() {
    const { file, url } = clip;
    const video = document.createElement("video");
    Object.assign(video, { muted: true, loop: true, controls: true, playsInline: true, autoplay: true });
    video.setAttribute("aria-label", `Your clip: ${file.name}`);
    video.addEventListener("error", () => clip?.file === file && showUnplayable());
    video.addEventListener("loadedmetadata", () => {
      if (video.videoWidth === 0) showUnplayable(); // only the sound can be played
      else {
        byId("clip-facts").textContent += `, ${video.duration.toFixed(1)} s`;
        trim = window.movements.trimOf(video, byId("trim"));
      }
    });
    byId("clip-name").textContent = file.name;
    byId("clip-facts").textContent = window.movements.sizeInWords(file.size);
    byId("player").replaceChildren(video);
    video.src = url;
  }

  function showUnplayable() {
    const note = document.createElement("p");
    note.className = "stage-empty";
    note.textContent = "Your browser cannot play this clip. You may submit it all the same.";
    byId("player").replaceChildren(note);
  }

  async function submit() {
    if (!clip || busy()) return;
    clearAnswer();
    const mine = { key: null, started: performance.now(), uploaded: null, abort: new AbortController() };
    attempt = mine;
    if (window.movements.onDevice.wanted()) {
      await submitHere(mine);
      return;
    }
    showProgress(0);
    setState("uploading");
    try {
      mine.key = await window.movements.upload(clip.file, {
        onProgress: (fraction) => attempt === mine && showProgress(fraction),
        signal: mine.abort.signal,
      });
    } catch (problem) {
      if (attempt === mine) showProblem(problem);
      return;
    }
    if (attempt !== mine) return; // another clip was chosen meanwhile
    mine.uploaded = performance.now();
    byId("progress").removeAttribute("value");
    byId("progress-label").textContent = "Looking at the clip";
    setState("predicting");
    setProps("status", { children: "The clip is uploaded and being looked at." });
    setProps("upload", { "data-told": JSON.stringify({ key: mine.key, part: trim?.part() ?? null }) });
  }

  /* The clip is answered by this browser, and stays in it. */
  async function submitHere(mine) {
    byId("progress").removeAttribute("value");
    byId("progress-label").textContent = "Looking at the clip, on this device";
    setState("predicting");
    try {
      const answer = await window.movements.onDevice.answer(clip.file, trim?.part() ?? null, ROWS);
      if (attempt !== mine) return; // another clip was chosen meanwhile
      const summary = window.movements.onDevice.summaryOf(answer);
      window.movements.onDevice.draw(answer);
      setState("answered");
      trim?.mark(answer.seen);
      setProps("status", { children: summary });
      window.movements.keep(clip.file.name, summary);
      byId("device-answer").scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    } catch (problem) {
      if (attempt === mine) showProblem(problem);
    }
  }

  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function showProgress(fraction) {
    const percent = Math.round(100 * fraction);
    byId("progress").setAttribute("value", percent);
    byId("progress-label").textContent = `Uploading, ${percent} %`;
  }

  /* An error of the server, or the name of one that the page knows itself. */
  function showProblem(problem) {
    byId("problem").replaceChildren(window.movements.problemBox(config().problems[problem.name] || problem));
    setState(clip ? "failed" : "refused");
  }

  /* Dash calls this when the server has answered an upload, with JSON: {key, ok, summary, seen, frames, size}. */
  function answered(told) {
    const answer = JSON.parse(told);
    if (!attempt || answer.key !== attempt.key) {
      setProps("answer", { children: null }); // it belongs to a clip that is no longer shown
      setProps("saw", { children: null });
      return "";
    }
    const mine = attempt;
    setState(answer.ok ? "answered" : "failed");
    trim?.mark(answer.seen);
    if (answer.ok) window.movements.mayBeCorrected({ video: clip.file.name, frames: answer.frames, size: answer.size });
    if (answer.ok) requestAnimationFrame(() => requestAnimationFrame(() => attempt === mine && window.movements.keep(clip.file.name, answer.summary)));
    function finish() {
      if (attempt !== mine) return; // another clip was chosen meanwhile
      if (answer.ok && !byId("time-total")) {
        requestAnimationFrame(finish); // Dash has not drawn the answer yet
        return;
      }
      if (answer.ok) {
        byId("time-upload").textContent = time(mine.uploaded - mine.started);
        byId("time-total").textContent = time(performance.now() - mine.started);
      }
      byId("answer").scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    }
    requestAnimationFrame(() => requestAnimationFrame(finish));
    return answer.summary;
  }

  function time(milliseconds) {
    return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  }

  async function submitExample(button) {
    const address = button.value;
    button.disabled = true;
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`status ${response.status}`);
      choose(new File([await response.blob()], address.split("/").pop().split("?")[0], { type: "video/mp4" }));
      await submit();
    } catch {
      window.movements.showTab("clip");
      reset();
      showProblem({ name: "no_example" });
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#dropzone, #replace, #record, #submit, #classify-example");
    if (!button) return;
    if (button.id === "submit") submit();
    else if (button.id === "classify-example") submitExample(button);
    else if (button.id === "record") recorder.click();
    else chooser.click();
  });

  /* A clip may be dropped anywhere; a drop that misses must not make the browser leave the page. */
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.documentElement.classList.add("dragging");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.documentElement.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    document.documentElement.classList.remove("dragging");
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    if (byId("panel-workout")?.hidden === false) window.movements.chooseWorkout(files);
    else chooseAll(files);
  });

  /* Dash is silent when a callback gets no answer: without this the page would wait for ever. */
  new PerformanceObserver((list) => {
    const callbacks = list.getEntriesByType("resource").filter(({ name }) => name.includes("/_dash-update-component"));
    const failed = callbacks.some(({ responseStatus }) => responseStatus === 0 || responseStatus >= 400);
    if (failed && panel()?.dataset.state === "predicting") showProblem({ name: "interrupted" });
  }).observe({ type: "resource" });

  window.movements = Object.assign(window.movements, { showClip });
  window.dash_clientside = Object.assign({}, window.dash_clientside, { movements: { answered } });
})();
