/* Pictures and planes as typed arrays, with the operations of OpenCV and NumPy that model/video uses: same borders, same rounding.
   A picture is {width, height, channels, data: Uint8ClampedArray}, a plane {width, height, data: Float32Array}. */

export const picture = (width, height, channels, data = null) => ({
  width, height, channels, data: data || new Uint8ClampedArray(width * height * channels),
});

export const plane = (width, height, data = null) => ({ width, height, data: data || new Float32Array(width * height) });

/* To the nearest whole number; of two equally near, the even one, as Python and OpenCV round. */
export function rint(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/* The place beyond an edge that stands for `place`, mirrored without the edge itself (BORDER_REFLECT_101). */
function mirrored(place, length) {
  if (length === 1) return 0;
  while (place < 0 || place >= length) place = place < 0 ? -place : 2 * (length - 1) - place;
  return place;
}

/* Which of `length` pixels make up each of `count`, and with what weight: their average by area. */
function shares(length, count) {
  const scale = length / count;
  return Array.from({ length: count }, (_, index) => {
    const first = index * scale;
    const last = Math.min(first + scale, length);
    const parts = [];
    for (let place = Math.floor(first + 1e-9); place < last - 1e-9; place += 1) {
      parts.push([place, (Math.min(place + 1, last) - Math.max(place, first)) / (last - first)]);
    }
    return parts;
  });
}

/* The two neighbours of each of `count` pixels of a line that is `length` long, and their weights. */
function neighbours(length, count) {
  const scale = length / count;
  return Array.from({ length: count }, (_, index) => {
    const place = clamp((index + 0.5) * scale - 0.5, 0, length - 1);
    const first = Math.floor(place);
    return first + 1 < length ? [[first, 1 - place + first], [first + 1, place - first]] : [[first, 1]];
  });
}

/* Places and weights one after the other, as arrays of numbers: a list of lists costs ten times as much. */
function flat(parts) {
  const starts = new Int32Array(parts.length + 1);
  parts.forEach((part, index) => (starts[index + 1] = starts[index] + part.length));
  return {
    starts,
    places: Int32Array.from(parts.flatMap((part) => part.map(([place]) => place))),
    weights: Float32Array.from(parts.flatMap((part) => part.map(([, weight]) => weight))),
  };
}

/* A picture in another size: by area, unless it grows in either direction, or `linear` is wanted. */
export function resized(source, width, height, linear = false) {
  if (width === source.width && height === source.height) return source;
  const parts = linear || width > source.width || height > source.height ? neighbours : shares;
  const { channels } = source;
  const { starts, places, weights } = flat(parts(source.width, width));
  const rows = parts(source.height, height);
  const narrow = new Float32Array(width * channels);
  const line = new Float32Array(width * channels);
  const made = picture(width, height, channels);
  rows.forEach((vertical, y) => {
    line.fill(0);
    for (const [row, share] of vertical) {
      narrow.fill(0);
      const start = row * source.width * channels;
      for (let x = 0; x < width; x += 1) {
        for (let part = starts[x]; part < starts[x + 1]; part += 1) {
          const from = start + places[part] * channels;
          for (let channel = 0; channel < channels; channel += 1) {
            narrow[x * channels + channel] += weights[part] * source.data[from + channel];
          }
        }
      }
      for (let index = 0; index < line.length; index += 1) line[index] += share * narrow[index];
    }
    made.data.set(line, y * width * channels); // clamped and rounded as it is stored
  });
  return made;
}

/* A picture of which four pixels become one; a last odd row or column is left out. */
export function halved(source) {
  const width = source.width >> 1;
  const height = source.height >> 1;
  const { channels, data } = source;
  const made = picture(width, height, channels);
  const line = source.width * channels;
  let place = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const first = 2 * y * line + 2 * x * channels;
      for (let channel = first; channel < first + channels; channel += 1) {
        made.data[place++] = (data[channel] + data[channel + channels] + data[channel + line] + data[channel + line + channels] + 2) >> 2;
      }
    }
  }
  return made;
}

/* Blurred by a Gaussian of some width in pixels. */
export function blurred(source, sigma) {
  const { width, height } = source;
  const size = Math.round(8 * sigma + 1) | 1;
  const half = size >> 1;
  const kernel = Array.from({ length: size }, (_, index) => Math.exp(-((index - half) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((one, other) => one + other);
  const across = plane(width, height);
  const made = plane(width, height);
  for (let k = 0; k < size; k += 1) {
    const weight = kernel[k] / sum;
    const columns = Int32Array.from({ length: width }, (_, x) => mirrored(x + k - half, width));
    for (let start = 0; start < across.data.length; start += width) {
      for (let x = 0; x < width; x += 1) across.data[start + x] += weight * source.data[start + columns[x]];
    }
  }
  for (let k = 0; k < size; k += 1) {
    const weight = kernel[k] / sum;
    for (let y = 0; y < height; y += 1) {
      const row = mirrored(y + k - half, height) * width;
      for (let x = 0; x < width; x += 1) made.data[y * width + x] += weight * across.data[row + x];
    }
  }
  return made;
}

/* The largest value within a square of `side` pixels around each; what lies beyond the edge counts for nothing. */
export function dilated(source, side) {
  const { width, height } = source;
  const half = side >> 1;
  const across = plane(width, height);
  const made = plane(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let most = -Infinity;
      for (let column = Math.max(0, x - half); column <= Math.min(width - 1, x + half); column += 1) {
        most = Math.max(most, source.data[y * width + column]);
      }
      across.data[y * width + x] = most;
    }
  }
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let most = -Infinity;
      for (let row = Math.max(0, y - half); row <= Math.min(height - 1, y + half); row += 1) {
        most = Math.max(most, across.data[row * width + x]);
      }
      made.data[y * width + x] = most;
    }
  }
  return made;
}

/* Length of the gradient at each pixel: Sobel's filters of three by three, divided by eight. */
export function gradient(source) {
  const { width, height, data } = source;
  const made = plane(width, height);
  const at = (x, y) => data[mirrored(y, height) * width + mirrored(x, width)];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const across = at(x + 1, y - 1) + 2 * at(x + 1, y) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x - 1, y) - at(x - 1, y + 1);
      const down = at(x - 1, y + 1) + 2 * at(x, y + 1) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x, y - 1) - at(x + 1, y - 1);
      made.data[y * width + x] = Math.hypot(across, down) / 8;
    }
  }
  return made;
}

/* A plane moved back by a shift, between pixels in proportion; what comes from beyond the edge repeats it. */
export function moved(source, [dx, dy]) {
  const { width, height, data } = source;
  const made = plane(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const u = x + dx;
      const v = y + dy;
      const left = Math.floor(u);
      const upper = Math.floor(v);
      let value = 0;
      for (const [row, vertical] of [[upper, 1 - v + upper], [upper + 1, v - upper]]) {
        for (const [column, horizontal] of [[left, 1 - u + left], [left + 1, u - left]]) {
          value += vertical * horizontal * data[clamp(row, 0, height - 1) * width + clamp(column, 0, width - 1)];
        }
      }
      made.data[y * width + x] = value;
    }
  }
  return made;
}

/* The regions of what is not zero, neighbours at the corners counted in: Int32Array, from 1; 0 for none. */
export function regionsOf(source) {
  const { width, height, data } = source;
  const regions = new Int32Array(width * height);
  let count = 0;
  for (let start = 0; start < data.length; start += 1) {
    if (!data[start] || regions[start]) continue;
    count += 1;
    regions[start] = count;
    const open = [start];
    while (open.length) {
      const place = open.pop();
      const x = place % width;
      const y = (place - x) / width;
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
          const other = row * width + column;
          if (!data[other] || regions[other]) continue;
          regions[other] = count;
          open.push(other);
        }
      }
    }
  }
  return { regions, count };
}

/* The value below which a share of some lies, in proportion between two of them. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (place - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}

export const median = (values) => quantile(values, 0.5);
