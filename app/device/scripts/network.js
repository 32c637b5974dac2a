/* The network of a bundle in LiteRT's WebAssembly, and its calibrated probabilities. */
import { loadAndCompile, loadLiteRt, Tensor } from "./litert.js";

/* A network that takes the frames of a clip, {width, height, data} each, and gives the probabilities of all labels and of none. */
export async function loadNetwork(root, contract) {
  await loadLiteRt(root);
  const model = await loadAndCompile(await kept(`${root}model.tflite`), { accelerator: "wasm" });
  return async (frames) => {
    const { size } = contract;
    const values = new Float32Array(frames.length * size * size * 3);
    frames.forEach((frame, number) => {
      const start = number * size * size * 3;
      for (let place = 0; place < frame.data.length; place += 1) values[start + place] = frame.data[place] / 255;
    });
    const input = new Tensor(values, [1, frames.length, size, size, 3]);
    const outputs = await model.run(input);
    const logits = Array.from(await outputs[0].data());
    input.delete();
    outputs.forEach((output) => output.delete());
    return calibrated(logits, contract);
  };
}

/* The bytes of a file, kept for when there is no network: a browser's own cache takes none that is so large. */
async function kept(address) {
  const cache = await self.caches?.open("page").catch(() => null);
  const known = await cache?.match(address);
  const response = known ?? (await fetch(address));
  if (!response.ok) throw new Error(`status ${response.status}`);
  if (!known) await cache?.put(address, response.clone()).catch(() => null);
  return new Uint8Array(await response.arrayBuffer());
}

function calibrated(logits, { temperature, none_of_these: rule }) {
  const scaled = logits.map((logit) => logit / temperature);
  if (rule) scaled[scaled.length - 1] += rule.bias;
  const most = Math.max(...scaled);
  const exponentials = scaled.map((value) => Math.exp(value - most));
  const sum = exponentials.reduce((one, other) => one + other);
  return exponentials.map((value) => value / sum);
}
