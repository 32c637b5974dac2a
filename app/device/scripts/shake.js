/* How a hand-held camera moved: one shift for every frame, as model/video/shake.py finds it. */
import { blurred, clamp, median, moved, quantile } from "./arrays.js";

const ROWS = 3;
const COLUMNS = 4;
const HIGH_PASS_SIGMA = 3;
const LEAST_DETAIL = 1;
const AGREEING = 1 / 3;
const PEAK_SIGMA = 1;
const STILL = 0.25;
const LEAST_BLOCK = 8;
const TEXTURED = 0.25;

/* [x, y] in pixels for every grey plane, against the middle one; all zero for a camera that stands still. */
export function cameraShifts(grey) {
  const shifts = estimated(grey);
  const amplitude = Math.max(...[0, 1].map((axis) => {
    const values = shifts.map((shift) => shift[axis]);
    const middle = median(values);
    return quantile(values.map((value) => Math.abs(value - middle)), 0.75);
  }));
  if (amplitude <= STILL) return shifts.map(() => [0, 0]);
  const left = estimated(grey.map((frame, number) => moved(frame, shifts[number])));
  return shifts.map(([x, y], number) => [x + left[number][0], y + left[number][1]]);
}

function estimated(grey) {
  const nothing = grey.map(() => [0, 0]);
  const { width, height } = grey[0];
  const high = Math.floor(height / ROWS);
  const wide = Math.floor(width / COLUMNS);
  if (Math.min(high, wide) < LEAST_BLOCK) return nothing;
  const reference = grey.length >> 1;
  const fine = grey.map((frame) => {
    const coarse = blurred(frame, HIGH_PASS_SIGMA);
    return { ...frame, data: frame.data.map((value, place) => value - coarse.data[place]) };
  });
  const window = hanning(high).flatMap((vertical) => hanning(wide).map((horizontal) => vertical * horizontal));
  const blocks = fine.map((frame) => blocksOf(frame, high, wide, window));
  const detail = blocks[reference].map(deviation);
  const least = Math.max(TEXTURED * median(detail), LEAST_DETAIL);
  const telling = detail.flatMap((value, number) => (value > least ? [number] : []));
  if (!telling.length) return nothing;
  const correlate = phaseCorrelation(high, wide);
  const references = telling.map((number) => correlate.spectrum(blocks[reference][number]));
  return blocks.map((frame) => {
    const opinions = telling.map((number, index) => correlate.shift(correlate.spectrum(frame[number]), references[index]));
    const shift = [0, 1].map((axis) => median(opinions.map((opinion) => opinion[axis])));
    const agreeing = opinions.filter(([x, y]) => Math.hypot(x - shift[0], y - shift[1]) < 1).length / opinions.length;
    return agreeing >= AGREEING ? shift : [0, 0];
  });
}

const hanning = (count) => Array.from({ length: count }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (count - 1)));

function blocksOf(frame, high, wide, window) {
  const blocks = [];
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 0; column < COLUMNS; column += 1) {
      const block = new Float64Array(high * wide);
      for (let y = 0; y < high; y += 1) {
        for (let x = 0; x < wide; x += 1) {
          const place = y * wide + x;
          block[place] = window[place] * frame.data[(row * high + y) * frame.width + column * wide + x];
        }
      }
      blocks.push(block);
    }
  }
  return blocks;
}

function deviation(values) {
  const mean = values.reduce((one, other) => one + other, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/* Fourier's transform of blocks [high, wide], which are small: by tables, line after line. */
function phaseCorrelation(high, wide) {
  const tables = { rows: circle(high), columns: circle(wide) };
  const frequency = (index, count) => Math.min(index, count - index) / count;
  const weight = new Float64Array(high * wide);
  for (let v = 0; v < high; v += 1) {
    for (let u = 0; u < wide; u += 1) {
      const distance = frequency(v, high) ** 2 + frequency(u, wide) ** 2;
      weight[v * wide + u] = Math.exp(-2 * (Math.PI * PEAK_SIGMA) ** 2 * distance);
    }
  }

  function transformed({ real, imaginary }, sign) {
    const across = along(real, imaginary, high, wide, wide, 1, tables.columns, sign);
    return along(across.real, across.imaginary, wide, high, 1, wide, tables.rows, sign);
  }

  const spectrum = (block) => transformed({ real: block, imaginary: new Float64Array(block.length) }, -1);

  /* [x, y] of a block against that of the reference, to a fraction of a pixel. */
  function shift(one, other) {
    const real = new Float64Array(high * wide);
    const imaginary = new Float64Array(high * wide);
    for (let place = 0; place < real.length; place += 1) {
      const a = one.real[place] * other.real[place] + one.imaginary[place] * other.imaginary[place];
      const b = one.imaginary[place] * other.real[place] - one.real[place] * other.imaginary[place];
      const factor = weight[place] / (Math.hypot(a, b) + 1e-9) / real.length;
      real[place] = a * factor;
      imaginary[place] = b * factor;
    }
    const surface = transformed({ real, imaginary }, 1).real;
    let best = 0;
    for (let place = 1; place < surface.length; place += 1) if (surface[place] > surface[best]) best = place;
    const column = best % wide;
    const row = (best - column) / wide;
    const logarithm = (y, x) => Math.log(Math.max(surface[((y + high) % high) * wide + ((x + wide) % wide)], 1e-9));
    const top = logarithm(row, column);
    const y = row + vertex(logarithm(row - 1, column), top, logarithm(row + 1, column));
    const x = column + vertex(logarithm(row, column - 1), top, logarithm(row, column + 1));
    return [modulo(x + wide / 2, wide) - wide / 2, modulo(y + high / 2, high) - high / 2];
  }

  return { spectrum, shift };
}

const modulo = (value, by) => ((value % by) + by) % by;

const circle = (count) => ({
  cosines: Float64Array.from({ length: count }, (_, index) => Math.cos((2 * Math.PI * index) / count)),
  sines: Float64Array.from({ length: count }, (_, index) => Math.sin((2 * Math.PI * index) / count)),
});

/* The transform along one axis: `lines` lines of `count` values, `stride` apart, whose values are `step` apart. */
function along(real, imaginary, lines, count, stride, step, table, sign) {
  const { cosines, sines } = table;
  const made = { real: new Float64Array(real.length), imaginary: new Float64Array(real.length) };
  for (let line = 0; line < lines; line += 1) {
    for (let k = 0; k < count; k += 1) {
      let a = 0;
      let b = 0;
      let turn = 0;
      let place = line * stride;
      for (let n = 0; n < count; n += 1) {
        const cosine = cosines[turn];
        const sine = sign * sines[turn];
        a += real[place] * cosine - imaginary[place] * sine;
        b += imaginary[place] * cosine + real[place] * sine;
        place += step;
        turn += k;
        if (turn >= count) turn -= count;
      }
      made.real[line * stride + k * step] = a;
      made.imaginary[line * stride + k * step] = b;
    }
  }
  return made;
}

/* Where the parabola through three values at -1, 0 and 1 is highest. */
const vertex = (before, top, after) => clamp((before - after) / (2 * (before - 2 * top + after) - 1e-9), -0.5, 0.5);
