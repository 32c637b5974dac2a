/* The page in another language. It is written in English everywhere; whatever appears in it is looked up in a catalogue,
   /assets/words/<language>.json: sentences, with {} for what changes in them. What must stay as it is, a file's name, has data-as-is. */
(() => {
  "use strict";

  const LANGUAGES = ["en", "es"];
  const ATTRIBUTES = ["aria-label", "title", "alt", "placeholder"];
  const DECIMALS = { es: "," };
  const BETWEEN = ["; ", ", ", " · "]; // what stands between parts that were put together
  const byHand = "language"; // where the person's choice is kept

  let language = "en";
  let exact = new Map();
  let patterns = []; // [regular expression, sentence with holes], those with more words of their own first
  const written = new WeakMap(); // text nodes and elements: what they say in English, and what was made of it
  const untold = new Set(); // what the catalogue does not have, for whoever keeps it

  function chosen() {
    try {
      const kept = localStorage.getItem(byHand);
      if (LANGUAGES.includes(kept)) return kept;
    } catch {
      // storage may be forbidden
    }
    const wanted = navigator.languages.map((name) => name.split("-")[0]);
    return wanted.find((name) => LANGUAGES.includes(name)) || "en";
  }

  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  async function learn(name) {
    const response = await fetch(`/assets/words/${name}.json`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const pairs = Object.entries(await response.json());
    exact = new Map(pairs.filter(([english]) => !english.includes("{}")));
    patterns = pairs
      .filter(([english]) => english.includes("{}"))
      .sort(([one], [other]) => other.length - one.length)
      .map(([english, other]) => [new RegExp(`^${english.split("{}").map(escaped).join("(.+?)")}$`, "s"), other]);
  }

  const numbered = (text) => text.replace(/(\d)\.(?=\d)/g, `$1${DECIMALS[language] || "."}`);
  const isFigures = (text) => !/\p{L}{3}/u.test(text.replace(/\b(min|mp4|mov)\b/g, ""));

  /* What the catalogue makes of a sentence without spaces around it; null if it does not know it. */
  function found(sentence) {
    const known = exact.get(sentence);
    if (known !== undefined) return known;
    const sentences = apart(sentence, ". ");
    if (sentences !== null) return sentences;
    for (const [pattern, told] of patterns) {
      const holes = pattern.exec(sentence)?.slice(1).map((hole) => found(hole) ?? numbered(hole));
      if (!holes) continue;
      let place = 0;
      return told.replace(/\{(\d?)\}/g, (_, number) => holes[number === "" ? place++ : Number(number)]);
    }
    if (isFigures(sentence)) return numbered(sentence);
    for (const between of BETWEEN) {
      const told = apart(sentence, between);
      if (told !== null) return told;
    }
    return null;
  }

  /* The same of sentences that were put together, if all of them are known. */
  function apart(sentence, between) {
    const parts = sentence.split(between);
    const told = parts.length > 1 ? parts.map(found) : [null];
    return told.includes(null) ? null : told.join(between);
  }

  /* A text in the language of the page; itself, if it is not known. */
  function say(text) {
    const sentence = text.trim();
    if (language === "en" || !sentence) return text;
    const told = found(sentence);
    if (told === null) untold.add(sentence);
    return told === null ? text : text.replace(sentence, () => told);
  }

  const isAsItIs = (element) => element?.closest("[data-as-is], [lang]:not(html), code, script, style, textarea") !== null;

  function tell(node) {
    const now = node.nodeValue;
    const before = written.get(node);
    const english = before && now === before.told ? before.english : now;
    const told = say(english);
    written.set(node, { english, told });
    if (told !== now) node.nodeValue = told;
  }

  function tellAttributes(element) {
    const before = written.get(element) || {};
    for (const name of ATTRIBUTES) {
      const now = element.getAttribute(name);
      if (now === null) continue;
      const english = before[name] && now === before[name].told ? before[name].english : now;
      const told = say(english);
      before[name] = { english, told };
      if (told !== now) element.setAttribute(name, told);
    }
    written.set(element, before);
  }

  function tellAll(root) {
    if (root.nodeType === Node.TEXT_NODE) {
      if (!isAsItIs(root.parentElement)) tell(root);
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE || isAsItIs(root)) return;
    tellAttributes(root);
    for (const child of root.childNodes) tellAll(child);
  }

  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(tellAll);
      else if (type === "characterData") tellAll(target);
      else if (!isAsItIs(target)) tellAttributes(target);
    }
  });

  function watch() {
    observer.observe(document.documentElement, {
      subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
    });
  }

  async function speak(name) {
    if (name !== "en") {
      try {
        await learn(name);
      } catch {
        return; // English is better than nothing
      }
    }
    language = name;
    document.documentElement.lang = name;
    if (document.body) tellAll(document.body);
    if (name !== "en") watch();
    else observer.disconnect();
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#language")) return;
    const next = LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];
    try {
      localStorage.setItem(byHand, next);
    } catch {
      // without storage the choice lasts as long as the page
    }
    speak(next);
  });

  /* What an element says, as it is written. */
  function english(element) {
    const node = element.firstChild;
    return written.get(node)?.english ?? element.textContent;
  }

  window.movements = Object.assign(window.movements || {}, { say, english, untold });
  if (chosen() !== "en") speak(chosen());
})();
