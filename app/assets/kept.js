/* Earlier answers: kept in this browser and nowhere else, with a small picture; copied, shared and forgotten on request. */
(() => {
  "use strict";

  const { element } = window.movements;
  const STORED = "answers";
  const MOST = 30;
  const PICTURE = 360; // pixels of width
  const CARD = { width: 1000, lowest: 260, highest: 420, margin: 36 }; // pixels of an answer that is shared as a picture
  const byId = (id) => document.getElementById(id);

  const { read, write } = window.movements.shelf;
  const kept = () => read(STORED);

  /* Keep entries, as many as there is room for. */
  function store(entries) {
    let count = Math.min(entries.length, MOST);
    while (!write(STORED, entries.slice(0, count)) && count > 0) count -= 1;
  }

  /* One of the pictures that the model saw, made small; "" where there is none. */
  async function pictureOf(image) {
    if (!image) return "";
    try {
      await image.decode();
    } catch {
      return "";
    }
    const canvas = element("canvas", { width: PICTURE, height: Math.round((PICTURE * image.naturalHeight) / image.naturalWidth) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.6);
  }

  /* Keep the answer to a clip that the page shows. */
  async function keep(name, summary) {
    const stills = document.querySelectorAll("#saw .still img, #device-saw .still img");
    const picture = await pictureOf(stills[Math.floor(stills.length / 2)]);
    store([{ when: Date.now(), name, summary, picture }, ...kept()]);
    draw();
  }

  function draw() {
    const place = byId("kept");
    if (!place) return;
    const entries = kept();
    place.hidden = !entries.length;
    const head = element("div", { className: "kept-head" },
      element("h3", { id: "kept-title", textContent: "Earlier answers" }),
      element("p", { className: "fine", textContent: "They are kept in this browser only." }),
      action("Forget all", "all"));
    const status = element("p", { className: "visually-hidden", id: "kept-status" });
    status.setAttribute("role", "status");
    place.replaceChildren(head, element("ul", {}, ...entries.map(row)), status);
  }

  function action(text, what, about) {
    const button = element("button", { type: "button", className: "jump", textContent: text });
    button.dataset.answer = what;
    if (about) button.setAttribute("aria-label", `${text} ${about}`);
    return button;
  }

  function row({ when, name, summary, picture }) {
    const image = picture ? element("img", { src: picture, alt: "" }) : element("span");
    const words = element("div", { className: "kept-words" },
      element("strong", { textContent: summary.split(". ")[0].replace(/\.$/, "") }),
      element("span", {}, asItIs(name), " · ", asItIs(dated(when))));
    const item = element("li", {}, image, words,
      element("div", { className: "kept-actions" }, action("Copy", `copy ${when}`, name), action("Picture", `picture ${when}`, name), action("Forget", `forget ${when}`, name)));
    return item;
  }

  const dated = (when) =>
    new Date(when).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

  /* What is not looked up in the catalogue: a file's name, a date. */
  function asItIs(text) {
    const made = element("b", { textContent: text });
    made.dataset.asIs = "true";
    return made;
  }

  const tell = (text) => {
    byId("kept-status").textContent = text;
  };

  async function copy(entry) {
    await navigator.clipboard.writeText(`${entry.name}: ${window.movements.say(entry.summary)}`);
    tell(`The answer to ${entry.name} is copied.`);
  }

  /* The answer as a picture: handed to whatever the device shares with, or downloaded. */
  async function share({ name, summary, picture, when }) {
    const { width, lowest, highest, margin } = CARD;
    const image = element("img", { src: picture });
    if (picture) await image.decode();
    const scale = Math.min((0.45 * width) / image.naturalWidth, (highest - 2 * margin) / image.naturalHeight);
    const [wide, high] = picture ? [scale * image.naturalWidth, scale * image.naturalHeight] : [0, 0];
    const canvas = element("canvas", { width, height: Math.max(lowest, high + 2 * margin) });
    const draw = canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    draw.fillStyle = style.getPropertyValue("--paper").trim();
    draw.fillRect(0, 0, canvas.width, canvas.height);
    if (picture) draw.drawImage(image, margin, margin, wide, high);
    const left = picture ? wide + 2 * margin : margin;
    const [first, ...rest] = window.movements.say(summary).split(". ");
    const family = getComputedStyle(document.body).fontFamily;
    let top = margin;
    for (const [text, size, colour] of [[first, 38, "--ink"], [rest.slice(0, -1).join(". "), 22, "--ink"], [`${name} · ${dated(when)}`, 20, "--quiet"]]) {
      draw.fillStyle = style.getPropertyValue(colour).trim();
      draw.font = `600 ${size}px ${family}`;
      for (const line of broken(draw, text, width - left - margin)) draw.fillText(line, left, (top += 1.3 * size));
      top += 0.6 * size;
    }
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const file = new File([blob], `${name.replace(/\.\w+$/, "")}.png`, { type: "image/png" });
    if (navigator.canShare?.({ files: [file] })) await navigator.share({ files: [file] });
    else window.movements.save(file, file.name);
  }

  /* A text in lines that are at most so wide. */
  function broken(draw, text, width) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (draw.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#kept button");
    if (!button) return;
    const [what, when] = button.dataset.answer.split(" ");
    const entries = kept();
    const entry = entries.find((one) => String(one.when) === when);
    if (what === "copy") {
      copy(entry).catch(() => {}); // the browser may forbid it
    } else if (what === "picture") {
      share(entry).catch(() => {}); // the person changed their mind
    } else {
      store(what === "all" ? [] : entries.filter((one) => one !== entry));
      draw();
      if (byId("kept").hidden) byId("dropzone")?.focus();
      else byId("kept").querySelector("button").focus();
      tell(what === "all" ? "All earlier answers are forgotten." : `The answer to ${entry.name} is forgotten.`);
    }
  });

  window.movements = Object.assign(window.movements || {}, { keep });
  window.movements.once("kept", draw);
})();
