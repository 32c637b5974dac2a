/* Which frames of a clip are looked at: the arithmetic of model/video/sampling.py, on times in seconds. */
import { rint } from "./arrays.js";

const JITTER = 4;
const ROUNDING = 1e-6; // seconds by which times that were divided are off

/* The numbers of `count` frames, uniform in time, the first and the last included. */
export function sampleFrames(times, count) {
  const total = times.length;
  const passed = times.map((time) => time - times[0]);
  const span = passed.at(-1);
  const between = span / Math.max(total - 1, 1);
  if (passed.every((time, number) => JITTER * Math.abs(time - number * between) <= between + ROUNDING)) {
    return count === 1 ? [(total - 1) >> 1] : Array.from({ length: count }, (_, index) => ratio(index * (total - 1), count - 1));
  }
  if (count === 1) return [nearest(passed, span / 2)];
  return Array.from({ length: count }, (_, index) => nearest(passed, (index * span) / (count - 1)));
}

/* The quotient of whole numbers to the nearest one; of two equally near, the even one. */
function ratio(numerator, denominator) {
  const whole = Math.floor(numerator / denominator);
  return whole + rint((numerator - whole * denominator) / denominator + (whole & 1)) - (whole & 1);
}

function nearest(times, time) {
  let best = 0;
  for (let number = 1; number < times.length; number += 1) {
    const nearer = Math.abs(times[best] - time) - Math.abs(times[number] - time);
    if (nearer > ROUNDING || (Math.abs(nearer) <= ROUNDING && number % 2 === 0)) best = number;
  }
  return best;
}
