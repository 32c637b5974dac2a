/* What a person says that a clip shows: kept in this browser only, and handed over as annotations that `movements data import` reads. */
(() => {
  "use strict";

  const STORED = "actually";
  const byId = (id) => document.getElementById(id);

  let asked = null; // the answer that is shown: {video, frames, size}

  const said = () => window.movements.shelf.read(STORED);

  /* Keep entries; false where the browser does not. */
  function store(entries) {
    const kept = window.movements.shelf.write(STORED, entries);
    draw();
    return kept;
  }

  const same = (one, other) => one.video === other.video && String(one.frames) === String(other.frames);

  /* Remember the movement chosen for the answer that is shown; what was said of the same frames before is replaced. */
  function remember() {
    const choice = byId("actually-choice");
    if (!choice.value || !asked) {
      choice.focus();
      return;
    }
    const name = window.movements.english(choice.selectedOptions[0]);
    const kept = store([...said().filter((one) => !same(one, asked)), { ...asked, label: choice.value, name }]);
    byId("actually-said").textContent = kept
      ? `Kept: this was ${name}.`
      : "This browser keeps nothing here, so the correction is lost.";
  }

  function draw() {
    const place = byId("said");
    if (!place) return;
    const entries = said();
    place.hidden = !entries.length;
    byId("said-count").textContent = entries.length === 1 ? "1 correction" : `${entries.length} corrections`;
    byId("said-rows").replaceChildren(...entries.map(row));
  }

  function row(entry, number) {
    const file = document.createElement("b");
    file.dataset.asIs = "true";
    file.textContent = entry.video;
    const name = document.createElement("span");
    name.textContent = entry.name;
    const forget = document.createElement("button");
    Object.assign(forget, { type: "button", className: "jump", textContent: "Forget" });
    forget.dataset.said = number;
    forget.setAttribute("aria-label", `Forget the correction of ${entry.video}`);
    const item = document.createElement("li");
    item.append(file, name, forget);
    return item;
  }

  /* One annotation per clip, in Supervisely's form; a correction is a tag on the frames that the answer was about. */
  function annotations() {
    return grouped(said()).map(([video, entries]) => ({
      videoName: video,
      description: "",
      size: { width: entries[0].size[0], height: entries[0].size[1] },
      tags: entries.map(({ label, frames }) => ({ name: label, value: null, frameRange: frames })),
      objects: [],
      frames: [],
    }));
  }

  /* [video, its entries] */
  function grouped(entries) {
    const found = new Map();
    for (const entry of entries) found.set(entry.video, [...(found.get(entry.video) || []), entry]);
    return [...found];
  }

  function download() {
    window.movements.save(new Blob([JSON.stringify(annotations(), null, 2)], { type: "application/json" }), "corrections.json");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#actually-keep, #said button");
    if (!button) return;
    if (button.id === "actually-keep") remember();
    else if (button.id === "said-download") download();
    else {
      store(button.id === "said-forget" ? [] : said().filter((_, number) => String(number) !== button.dataset.said));
      if (byId("said").hidden) byId("dropzone").focus();
      else byId("said-download").focus();
    }
  });

  /* The answer that a person may correct: of which clip, which frames it was about, and their size. */
  function mayBeCorrected(answer) {
    asked = answer;
  }

  window.movements = Object.assign(window.movements || {}, { mayBeCorrected });
  window.movements.once("said", draw);
})();
