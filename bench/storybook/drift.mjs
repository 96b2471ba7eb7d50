/** How the look of a run drifts: a few numbers per frame, the limits they have to stay within, and a plot of both. */

/** The numbers that are watched, and how far each may go from the median of the first frames. */
export const WATCHED = {
  luma: { title: "mean of red, green, blue, luma (white)", within: 0.12 },
  contrast: { title: "contrast (deviation of luma)", times: [0.5, 1.6] },
  saturation: { title: "saturation", times: [0.5, 1.6] },
  sharpness: { title: "sharpness (mean step between pixels)", times: [0.5, 2] },
};
const FIRST_FRAMES = 30;

/**
 * The look of a frame in numbers of 0 to 1: means of red, green, blue and luma (Rec. 601), the deviation of luma, the mean distance of a
 * pixel's strongest channel from its weakest, and the mean step of luma from pixel to pixel.
 */
export function measureFrame({ width, height, data }) {
  const lumas = new Float64Array(width * height);
  const sums = [0, 0, 0];
  let [saturation, total, squares, steps] = [0, 0, 0, 0];
  for (let pixel = 0; pixel < lumas.length; pixel++) {
    const [red, green, blue] = [data[3 * pixel] / 255, data[3 * pixel + 1] / 255, data[3 * pixel + 2] / 255];
    sums[0] += red;
    sums[1] += green;
    sums[2] += blue;
    saturation += Math.max(red, green, blue) - Math.min(red, green, blue);
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    lumas[pixel] = luma;
    total += luma;
    squares += luma * luma;
  }
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const luma = lumas[y * width + x];
      steps += (Math.abs(luma - lumas[y * width + x - 1]) + Math.abs(luma - lumas[(y - 1) * width + x])) / 2;
    }
  }
  const count = lumas.length;
  const luma = total / count;
  return {
    red: sums[0] / count,
    green: sums[1] / count,
    blue: sums[2] / count,
    luma,
    contrast: Math.sqrt(Math.max(0, squares / count - luma * luma)),
    saturation: saturation / count,
    sharpness: steps / ((width - 1) * (height - 1)),
  };
}

/** `[low, high]` of each watched number, from the median of the first frames. */
export function driftLimits(frames) {
  return Object.fromEntries(
    Object.entries(WATCHED).map(([name, { within, times }]) => {
      const first = frames.slice(0, FIRST_FRAMES).map((frame) => frame[name]);
      const median = first.toSorted((a, b) => a - b)[Math.floor(first.length / 2)];
      return [name, times ? times.map((factor) => factor * median) : [median - within, median + within]];
    }),
  );
}

const COLORS = { red: "#ff6b6b", green: "#5fd38d", blue: "#6ba8ff", luma: "#f0f2f8" };
const LEFT = 44;
const PANEL = 92;
const TITLE = 20;
const STRIP = 14;

/**
 * The plot: a panel per watched number with the limits as a band, and below them a strip that is bright where the subject was recognized.
 *
 * @param named per frame, whether the classifier named the subject
 * @returns an SVG of `width` pixels
 */
export function drawDrift(frames, limits, named, width) {
  const right = width - 12;
  const x = (index) => LEFT + ((right - LEFT) * index) / Math.max(1, frames.length - 1);
  const parts = [];
  let top = 6;
  for (const [name, { title }] of Object.entries(WATCHED)) {
    const lines = name === "luma" ? ["red", "green", "blue", "luma"] : [name];
    const [low, high] = limits[name];
    const values = lines.flatMap((line) => frames.map((frame) => frame[line]));
    const [bottomValue, topValue] = [Math.max(0, Math.min(low, ...values)), Math.max(high, ...values)];
    const begin = top + TITLE;
    const y = (value) => begin + PANEL * (1 - (value - bottomValue) / (topValue - bottomValue));
    parts.push(
      text(title, LEFT, top + 14),
      `<rect x="${LEFT}" y="${round(y(high))}" width="${right - LEFT}" height="${round(y(Math.max(0, low)) - y(high))}" fill="#262a35"/>`,
      text(scale(topValue), 6, begin + 9),
      text(scale(bottomValue), 6, begin + PANEL),
      ...lines.map((line) =>
        curve(
          frames.map((frame, i) => [x(i), y(frame[line])]),
          COLORS[line] ?? "#ffc53d",
        ),
      ),
    );
    top = begin + PANEL + 8;
  }
  const share = named.filter(Boolean).length / named.length;
  parts.push(
    text(`subject recognized: ${(100 * share).toFixed(0)} % of ${named.length} frames`, LEFT, top + 14),
  );
  const step = (right - LEFT) / named.length;
  named.forEach((recognized, index) => {
    const color = recognized ? "#5fd38d" : "#5a2a35";
    parts.push(
      `<rect x="${round(LEFT + index * step)}" y="${top + TITLE}" width="${round(step + 0.3)}" height="${STRIP}" fill="${color}"/>`,
    );
  });
  const height = top + TITLE + STRIP + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11.5"><rect width="100%" height="100%" fill="#15161b"/>${parts.join("")}</svg>`;
}

function text(words, x, y) {
  return `<text x="${x}" y="${y}" fill="#c9ccd6">${words}</text>`;
}

function curve(points, color) {
  const places = points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");
  return `<polyline points="${places}" fill="none" stroke="${color}" stroke-width="1.4"/>`;
}

/** Two digits that count. */
function scale(value) {
  return value.toFixed(value < 0.1 ? 3 : 2);
}

function round(value) {
  return value.toFixed(1);
}
