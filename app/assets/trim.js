/* Which part of a clip is to be looked at: two handles on a line under the player, moved by pointer or keyboard. Nothing is
   cut: the server is told the seconds. */
(() => {
  "use strict";

  const { element } = window.movements;
  const STEP = 1 / 30; // seconds; what a frame of most clips takes
  const LEAST = 0.1; // seconds between the handles
  const WHOLE = 0.02; // share of the clip by which both handles may be off for it to count as whole

  function handle(name, value, most) {
    const input = element("input", { type: "range", min: "0", max: String(most), step: String(STEP), value: String(value) });
    input.setAttribute("aria-label", name);
    return input;
  }

  /* Handles for a video whose length is known, put into a place; `part()` is null for the whole clip. */
  function trimOf(video, place) {
    const lasting = video.duration;
    if (!Number.isFinite(lasting) || lasting < 3 * LEAST) return null;
    const [from, to] = [handle("Start of the part", 0, lasting), handle("End of the part", lasting, lasting)];
    const seen = element("div", { className: "trim-seen", hidden: true });
    const now = element("div", { className: "trim-now" });
    const words = element("span", { className: "trim-span" });
    words.setAttribute("aria-live", "polite");
    const whole = element("button", { type: "button", className: "jump", textContent: "Whole clip" });
    const here = ["Start here", "End here"].map((textContent) => element("button", { type: "button", className: "jump", textContent }));
    const line = element("div", { className: "trim-line" }, element("div", { className: "trim-part" }), seen, now, from, to);
    const trim = element("div", { className: "trim" }, line, element("div", { className: "trim-words" }, words, ...here, whole));
    trim.setAttribute("role", "group");
    trim.setAttribute("aria-label", "The part of the clip that is looked at");

    const times = () => [Number(from.value), Number(to.value)];
    const share = (second) => `${((100 * second) / lasting).toFixed(2)}%`;

    function part() {
      const [first, last] = times();
      const all = first <= WHOLE * lasting && last >= (1 - WHOLE) * lasting;
      return all ? null : [Number(first.toFixed(3)), Number(last.toFixed(3))];
    }

    function draw() {
      const [first, last] = times();
      trim.style.setProperty("--from", share(first));
      trim.style.setProperty("--to", share(last));
      for (const [input, second] of [[from, first], [to, last]]) input.setAttribute("aria-valuetext", `${second.toFixed(2)} s`);
      words.textContent = part() ? `${first.toFixed(2)} to ${last.toFixed(2)} s, ${(last - first).toFixed(2)} s` : "The whole clip";
      whole.hidden = !part();
    }

    /* Move a handle; the video shows the picture that it stands at. */
    function set(input, second) {
      const [first, last] = times();
      const least = Math.min(LEAST, lasting / 3);
      input.value = String(input === from ? Math.min(second, last - least) : Math.max(second, first + least));
      draw();
    }

    for (const input of [from, to]) {
      input.addEventListener("input", () => {
        set(input, Number(input.value));
        video.pause();
        video.currentTime = Number(input.value);
      });
    }
    here[0].addEventListener("click", () => set(from, video.currentTime));
    here[1].addEventListener("click", () => set(to, video.currentTime));
    whole.addEventListener("click", () => {
      [from.value, to.value] = ["0", String(lasting)];
      draw();
      from.focus();
    });
    video.addEventListener("timeupdate", () => {
      const [first, last] = times();
      now.style.left = share(video.currentTime);
      if (!video.paused && part() && (video.currentTime > last || video.currentTime < first - STEP)) video.currentTime = first;
    });
    draw();
    place.replaceChildren(trim);

    /* What was seen: [first, last] second, or null. */
    function mark(span) {
      seen.hidden = !span;
      if (!span) return;
      Object.assign(seen.style, { left: share(span[0]), right: `calc(100% - ${share(Math.min(lasting, span[1]))})` });
      seen.title = `The answer is about ${span[0].toFixed(1)} to ${span[1].toFixed(1)} s`;
    }

    return { part, mark };
  }

  window.movements = Object.assign(window.movements || {}, { trimOf });
})();
