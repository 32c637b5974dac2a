/* Answers a clip on the device that shows it: in the form of the server's answers, by pictures alone. A classic worker, because
   LiteRT loads its WebAssembly with importScripts. Asked with {number, file, part, rows}; told {number, answer} or {number, problem}. Without a file it only loads
   what answers, and tells which addresses that took. */
"use strict";

const root = new URL("./", self.location.href).href;
const STILL_HEIGHT = 240;
let loading = null;

/* Modules and model, loaded once; again where that failed. */
function load() {
  loading ??= loaded().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function loaded() {
  const [reader, athlete, network, response] = await Promise.all([
    import(`${root}reader.js`), import(`${root}athlete.js`), import(`${root}network.js`), fetch(`${root}contract.json`),
  ]);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const contract = await response.json();
  return { ...reader, ...athlete, contract, probabilitiesOf: await network.loadNetwork(root, contract) };
}

async function used() {
  await load();
  return [self.location.href, ...performance.getEntriesByType("resource").map(({ name }) => name)];
}

async function answered({ file, part, rows }) {
  const { readClip, modelView, reduced, contract, probabilitiesOf } = await load();
  const started = performance.now();
  const clip = await readClip(file, contract, part);
  const decoded = performance.now();
  const { frames, square } = modelView(clip.frames, contract);
  const probabilities = await probabilitiesOf(frames);
  const predicted = performance.now();
  const scale = clip.width / clip.frames[0].width;
  const labels = contract.movements.map(({ label }) => label);
  const order = labels.map((_, number) => number).sort((one, other) => probabilities[other] - probabilities[one]);
  const none = contract.none_of_these ? probabilities[labels.length] : null;
  const rejects = none !== null && (none >= contract.none_of_these.threshold || none >= probabilities[order[0]]);
  const stills = await Promise.all(clip.frames.map((frame) => stillOf(frame, reduced)));
  const tenth = (milliseconds) => Math.round(10 * milliseconds) / 10;
  return {
    prediction: order.slice(0, rows).map((number) => [labels[number], probabilities[number]]),
    none_of_these: none === null ? null : { probability: none, answer: rejects },
    clip: {
      frames: clip.count,
      seconds: clip.seconds,
      width: clip.width,
      height: clip.height,
      sampled: clip.sampled,
      sampled_seconds: clip.sampledSeconds,
      crop: square && { x: square.x * scale, y: square.y * scale, side: square.side * scale },
    },
    model: { name: contract.name, version: contract.version, engine: "litert-wasm" },
    timing_ms: { decode: tenth(decoded - started), predict: tenth(predicted - decoded), total: tenth(performance.now() - started) },
    stills,
    seen: [clip.sampledSeconds[0], clip.sampledSeconds.at(-1)],
    streams: ["pictures"],
    movements: contract.movements,
  };
}

/* A frame as base64 JPEG, at most 240 pixels high. */
async function stillOf(frame, reduced) {
  const height = Math.min(frame.height, STILL_HEIGHT);
  const small = reduced(frame, Math.max(1, Math.round((frame.width * height) / frame.height)), height);
  const pixels = new Uint8ClampedArray(4 * small.width * small.height).fill(255);
  for (let place = 0; place < small.width * small.height; place += 1) {
    pixels.set(small.data.subarray(3 * place, 3 * place + 3), 4 * place);
  }
  const canvas = new OffscreenCanvas(small.width, small.height);
  canvas.getContext("2d").putImageData(new ImageData(pixels, small.width, small.height), 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 })).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

self.addEventListener("message", async ({ data }) => {
  const { number } = data;
  try {
    self.postMessage({ number, answer: data.file ? await answered(data) : await used() });
  } catch (error) {
    const known = typeof error.code === "string" && error.hint !== undefined;
    const problem = known ? { code: error.code, message: error.message, hint: error.hint } : { name: "no_device", told: String(error) };
    self.postMessage({ number, problem });
  }
});
