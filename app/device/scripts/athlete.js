/* The one square that holds the athlete, found from what moves and cut out of every frame: the rules of model/video/crop.py. */
import { blurred, clamp, dilated, gradient, halved, moved, picture, plane, regionsOf, resized, rint } from "./arrays.js";
import { cameraShifts } from "./shake.js";

const GREY_SIDE = 160;
const LAGS_PER_CLIP = 10;
const BLUR = 0.8;
const NOISE = 4;
const STRONG = 40;
const EDGE_SHARE = 0.8;
const SMOOTH = 2;
const THRESHOLD = 0.25;
const JOIN = 3;
const NEAR = 0.35;
const NEAR_WIDTH = 0.1;
const MASS = 0.12;
const QUANTILE = 0.005;
const MARGIN = 1.15;
const LEAST_SIDE = 0.25;
const LEAST_MOTION = 1;

/* What the network sees of whole frames: {frames, square}; square null for the whole frame. */
export function modelView(whole, { size, crop, interpolation }) {
  const linear = interpolation === "linear";
  if (crop === "athlete") {
    const grey = whole.map(smallGrey);
    const shifts = cameraShifts(grey);
    const found = squareOf(motionEnergy(grey, shifts));
    if (found) {
      const scale = Math.max(whole[0].width, whole[0].height) / GREY_SIDE;
      const square = { x: found.x * scale, y: found.y * scale, side: found.side * scale };
      return { square, frames: cut(whole, square, shifts.map(([x, y]) => [x * scale, y * scale]), size, linear) };
    }
  }
  return { square: null, frames: whole.map((frame) => reduced(frame, size, size, linear)) };
}

/* A picture in the size that a network or a person looks at, by halves as long as that goes evenly. */
export function reduced(frame, width, height, linear = false) {
  let made = frame;
  if (!linear) {
    while (made.width >= 4 * width && made.height >= 4 * height && !((made.width | made.height) & 1)) made = halved(made);
  }
  return resized(made, width, height, linear);
}

export function smallGrey(frame) {
  const scale = GREY_SIDE / Math.max(frame.width, frame.height);
  const width = Math.max(1, rint(frame.width * scale));
  const height = Math.max(1, rint(frame.height * scale));
  let grey = picture(frame.width, frame.height, 1);
  for (let place = 0; place < grey.data.length; place += 1) {
    grey.data[place] = (4899 * frame.data[3 * place] + 9617 * frame.data[3 * place + 1] + 1868 * frame.data[3 * place + 2] + 8192) >> 14;
  }
  while (Math.max(grey.width, grey.height) >= 2 * GREY_SIDE && Math.min(grey.width, grey.height) > 1) grey = halved(grey);
  const shown = resized(grey, width, height);
  return blurred(plane(width, height, Float32Array.from(shown.data)), BLUR);
}

/* How much moves where, in grey levels, smoothed. */
export function motionEnergy(frames, shifts) {
  const { width, height } = frames[0];
  const shaken = shifts.some(([x, y]) => x || y);
  const grey = shaken ? frames.map((frame, number) => moved(frame, shifts[number])) : frames;
  const lag = Math.max(1, rint(grey.length / LAGS_PER_CLIP));
  const energy = plane(width, height);
  if (grey.length <= lag) return energy;
  const least = new Float32Array(width * height).fill(NOISE);
  const inView = new Uint8Array(width * height).fill(1);
  if (shaken) {
    const mean = plane(width, height);
    for (const frame of grey) frame.data.forEach((value, place) => (mean.data[place] += value / grey.length));
    dilated(gradient(mean), 3).data.forEach((value, place) => (least[place] += EDGE_SHARE * value));
    const columns = alwaysInView(width, shifts.map(([x]) => x));
    const rows = alwaysInView(height, shifts.map(([, y]) => y));
    inView.forEach((_, place) => (inView[place] = columns[place % width] && rows[Math.floor(place / width)]));
  }
  for (let number = lag; number < grey.length; number += 1) {
    const now = grey[number].data;
    const before = grey[number - lag].data;
    for (let place = 0; place < now.length; place += 1) {
      const difference = inView[place] ? clamp(Math.abs(now[place] - before[place]) - least[place], 0, STRONG) : 0;
      energy.data[place] += difference ** 2;
    }
  }
  energy.data.forEach((sum, place) => (energy.data[place] = Math.sqrt(sum / (grey.length - lag))));
  return blurred(energy, SMOOTH);
}

function alwaysInView(length, shifts) {
  const first = Math.min(...shifts);
  const last = Math.max(...shifts);
  return Array.from({ length }, (_, place) => (place + first >= 0 && place + last <= length - 1 ? 1 : 0));
}

/* The square around the motion; null where nothing moves. */
function squareOf(energy) {
  const { width, height, data } = energy;
  const most = data.reduce((one, other) => Math.max(one, other), 0);
  if (most < LEAST_MOTION) return null;
  const weights = data.map((value) => (value > THRESHOLD * most ? value : 0));
  const { regions, count } = regionsOf(dilated(plane(width, height, weights.map(Math.sign)), 2 * JOIN + 1));
  const masses = new Array(count + 1).fill(0);
  weights.forEach((weight, place) => (masses[regions[place]] += weight));
  const order = [...masses.keys()].sort((one, other) => masses[other] - masses[one] || one - other);
  const extentOf = (region) => extent(weights.map((weight, place) => (regions[place] === region ? weight : 0)), width, height);
  let [left, right, top, bottom] = extentOf(order[0]);
  const first = Math.max(right - left, bottom - top);
  for (const region of order.slice(1)) {
    if (masses[region] < MASS * masses[order[0]]) break;
    const [west, east, north, south] = extentOf(region);
    const gap = Math.max(west - right, left - east, north - bottom, top - south);
    if (gap >= Math.min(NEAR * first, NEAR_WIDTH * width)) continue;
    [left, right, top, bottom] = [Math.min(left, west), Math.max(right, east), Math.min(top, north), Math.max(bottom, south)];
  }
  const side = Math.min(Math.max(MARGIN * Math.max(right - left, bottom - top), LEAST_SIDE * height), Math.max(width, height));
  return { x: kept((left + right - side) / 2, side, width), y: kept((top + bottom - side) / 2, side, height), side };
}

/* Left, right, upper and lower edge of nearly all the mass. */
function extent(weights, width, height) {
  const columns = new Float64Array(width);
  const rows = new Float64Array(height);
  weights.forEach((weight, place) => {
    columns[place % width] += weight;
    rows[Math.floor(place / width)] += weight;
  });
  return [columns, rows].flatMap((mass) => {
    for (let place = 1; place < mass.length; place += 1) mass[place] += mass[place - 1];
    const all = mass.at(-1);
    return [mass.findIndex((sum) => sum >= QUANTILE * all), mass.findIndex((sum) => sum >= (1 - QUANTILE) * all) + 1];
  });
}

const kept = (start, side, length) => (side > length ? (length - side) / 2 : Math.min(Math.max(start, 0), length - side));

/* The square of every frame, the shake removed; black where it leaves the frame. */
function cut(frames, square, shifts, size, linear) {
  const { width, height } = frames[0];
  const x = rint(square.x);
  const y = rint(square.y);
  const side = 2 * Math.max(1, rint(square.side / 2));
  const [left, right, top, bottom] = [Math.max(x, 0), Math.min(x + side, width), Math.max(y, 0), Math.min(y + side, height)];
  return frames.map((frame, number) => {
    const [dx, dy] = shifts[number].map(rint);
    const canvas = picture(side, side, 3);
    for (let row = top; row < bottom; row += 1) {
      const from = clamp(row + dy, 0, height - 1) * width;
      let place = 3 * ((row - y) * side + left - x);
      for (let column = left; column < right; column += 1) {
        const pixel = 3 * (from + clamp(column + dx, 0, width - 1));
        canvas.data[place++] = frame.data[pixel];
        canvas.data[place++] = frame.data[pixel + 1];
        canvas.data[place++] = frame.data[pixel + 2];
      }
    }
    return reduced(canvas, size, size, linear);
  });
}
