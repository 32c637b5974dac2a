/* From a file to the frames that are looked at, as displayed: Mediabunny reads the file, the browser decodes. */
import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input, VideoSampleSink } from "./mediabunny.mjs";

import { halved, picture, resized } from "./arrays.js";
import { sampleFrames } from "./sampling.js";

const FRAME_PIXELS = 1280 * 720; // kept of one frame
const INSTANT = 1e-6;
const PLAIN = ["I420", "NV12"]; // eight bits, colours at half the size

/* What is wrong with a clip: `code` as the server has it. */
export class ClipProblem extends Error {
  constructor(code, message, hint = "") {
    super(message);
    Object.assign(this, { code, hint });
  }
}

/* {frames, sampled, seconds of each, clip's duration, count, width, height} of a clip, or of a part of it. */
export async function readClip(file, contract, part = null) {
  const { limits } = contract;
  if (file.size > limits.max_bytes) throw new ClipProblem("too_large", `The file is larger than ${Math.round(limits.max_bytes / 2 ** 20)} MB.`);
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  try {
    const track = await filmOf(input);
    const times = await timesOf(track);
    const within = times.flatMap((time, number) => (!part || (time >= part[0] - INSTANT && time <= part[1] + INSTANT) ? [number] : []));
    const chosen = within.map((number) => times[number]);
    const one = (times.at(-1) - times[0]) / Math.max(times.length - 1, 1);
    const seconds = chosen.length ? chosen.at(-1) - chosen[0] + one : 0;
    if (chosen.length < limits.min_frames) {
      throw new ClipProblem("too_short", `The clip has ${chosen.length} frames; at least ${limits.min_frames} are needed.`);
    }
    if (seconds > limits.max_seconds) {
      const most = `The clip lasts ${seconds.toFixed(1)} s; at most ${limits.max_seconds} s are accepted.`;
      throw new ClipProblem("too_long", most, "Choose a part of it under the player.");
    }
    const numbers = sampleFrames(chosen, contract.frames).map((index) => within[index]);
    const frames = await decoded(track, numbers.map((number) => times[number]), limits);
    return {
      frames: frames.pictures,
      sampled: numbers,
      sampledSeconds: numbers.map((number) => times[number]),
      seconds,
      count: chosen.length,
      width: frames.width,
      height: frames.height,
    };
  } finally {
    input.dispose();
  }
}

async function filmOf(input) {
  let track;
  try {
    track = await input.getPrimaryVideoTrack();
  } catch {
    throw new ClipProblem("not_a_video", "This is not a video that a browser can read.", "Choose an mp4 or mov file.");
  }
  if (!track) throw new ClipProblem("no_video_track", "The file has no film in it.");
  if (!(await track.canDecode())) {
    const codec = (await track.getCodec()) ?? "an unknown codec";
    throw new ClipProblem("unsupported_codec", `This browser cannot decode ${codec}.`, "Answer on the server instead.");
  }
  return track;
}

/* When every frame is shown, in seconds from the first, in their order. */
async function timesOf(track) {
  const times = [];
  try {
    for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
      if (packet.timestamp >= -INSTANT) times.push(packet.timestamp);
    }
  } catch {
    throw new ClipProblem("corrupt_video", "The index of the video is damaged.");
  }
  times.sort((one, other) => one - other);
  return Object.assign(times.map((time) => time - times[0]), { start: times[0] ?? 0 });
}

/* The frames at some times, each turned as displayed and small enough. */
async function decoded(track, seconds, limits) {
  const start = await track.getFirstTimestamp();
  const base = Math.max(start, 0);
  const colour = await track.getColorSpace();
  const pictures = [];
  let size = null;
  const samples = new VideoSampleSink(track).samplesAtTimestamps(seconds.map((second) => base + second + 1e-4));
  try {
    for await (const sample of samples) {
      if (!sample) throw new Error("no frame");
      if (sample.codedWidth * sample.codedHeight > limits.max_pixels) throw new ClipProblem("too_many_pixels", "The frames of the video are too large.");
      size = { width: sample.displayWidth, height: sample.displayHeight };
      pictures.push(await shown(sample, colour));
      sample.close();
    }
  } catch (error) {
    if (error instanceof ClipProblem) throw error;
    throw new ClipProblem("corrupt_video", "A frame of the video cannot be decoded.", "Export or download the clip again.");
  }
  return { pictures, ...size };
}

/* A decoded frame with square pixels, its sides divided by the smallest whole number that makes it small enough, turned. */
async function shown(sample, colour) {
  const frame = await coloured(sample, colour);
  const [width, height] = [sample.squarePixelWidth, sample.squarePixelHeight];
  const divisor = Math.max(1, Math.ceil(Math.sqrt((width * height) / FRAME_PIXELS)));
  const small = [Math.max(1, Math.floor(width / divisor)), Math.max(1, Math.floor(height / divisor))];
  const even = divisor === 2 && !((frame.width | frame.height) & 1) && width === frame.width;
  return turned(even ? halved(frame) : resized(frame, ...small), sample.rotation, sample.flip);
}

/* Red, green and blue of a frame: of plain ones to the bit as the decoder of the server gives them, of others as the browser shows
   them. What the browser says of a colour may be a guess; `colour` is what the film says. */
async function coloured(sample, colour) {
  const { width, height } = sample.visibleRect;
  if (!PLAIN.includes(sample.format) || ["pq", "hlg"].includes(colour.transfer)) return painted(sample, width, height);
  const bytes = new Uint8Array(sample.allocationSize());
  const [luma, blues, reds] = await sample.copyTo(bytes);
  const made = picture(width, height, 3);
  const { black, byLuma, redByRed, greenByBlue, greenByRed, blueByBlue } = weightsOf(colour);
  const step = reds ? 1 : 2; // NV12 has both differences in one plane
  let place = 0;
  for (let y = 0; y < height; y += 1) {
    const line = luma.offset + y * luma.stride;
    const blueLine = blues.offset + (y >> 1) * blues.stride;
    const redLine = reds ? reds.offset + (y >> 1) * reds.stride : blueLine + 1;
    for (let x = 0; x < width; x += 1) {
      const value = ((8 * (bytes[line + x] - black)) * byLuma) >> 16;
      const blue = 8 * (bytes[blueLine + (x >> 1) * step] - 128);
      const red = 8 * (bytes[redLine + (x >> 1) * step] - 128);
      made.data[place++] = value + ((red * redByRed) >> 16);
      made.data[place++] = value + ((blue * greenByBlue) >> 16) + ((red * greenByRed) >> 16);
      made.data[place++] = value + ((blue * blueByBlue) >> 16);
    }
  }
  return made;
}

/* What each plane counts for each colour, in 1/8192, by the matrix that the film names: BT.709, BT.2020 or, as FFmpeg assumes, BT.601. */
function weightsOf({ matrix, fullRange }) {
  const [kr, kb] = { bt709: [0.2126, 0.0722], "bt2020-ncl": [0.2627, 0.0593] }[matrix] ?? [0.299, 0.114];
  const kg = 1 - kr - kb;
  const whole = (factor) => Math.floor(8192 * factor + 0.5);
  const chroma = fullRange ? 1 : 255 / 224;
  return {
    black: fullRange ? 0 : 16,
    byLuma: whole(fullRange ? 1 : 255 / 219),
    redByRed: whole(2 * (1 - kr) * chroma),
    greenByBlue: whole(((-2 * kb * (1 - kb)) / kg) * chroma),
    greenByRed: whole(((-2 * kr * (1 - kr)) / kg) * chroma),
    blueByBlue: whole(2 * (1 - kb) * chroma),
  };
}

async function painted(sample, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const frame = sample.toVideoFrame();
  context.drawImage(frame, 0, 0, width, height);
  frame.close();
  const { data } = context.getImageData(0, 0, width, height);
  const made = picture(width, height, 3);
  for (let place = 0, pixel = 0; pixel < data.length; pixel += 4) {
    made.data[place++] = data[pixel];
    made.data[place++] = data[pixel + 1];
    made.data[place++] = data[pixel + 2];
  }
  return made;
}

/* A picture turned clockwise, then mirrored. */
function turned(source, rotation, flip) {
  if (!rotation && !flip) return source;
  const { width, height } = source;
  const [wide, high] = rotation % 180 ? [height, width] : [width, height];
  const made = picture(wide, high, 3);
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      const column = flip ? wide - 1 - x : x;
      const [u, v] = { 0: [column, y], 90: [y, height - 1 - column], 180: [width - 1 - column, height - 1 - y], 270: [width - 1 - y, column] }[rotation];
      const from = 3 * (v * width + u);
      made.data.set(source.data.subarray(from, from + 3), 3 * (y * wide + x));
    }
  }
  return made;
}
