/** Mean and deviation of red, green and blue over the frames of a run: measured, summed up and drawn. */

const CHANNELS = ["red", "green", "blue"];
const COLORS = { red: "#ff6b6b", green: "#5fd38d", blue: "#6ba8ff" };

/** Mean and deviation of each channel of an 8-bit picture, 0 to 1, in steps of 0.0001. */
export function measureColors({ width, height, data }) {
  const count = width * height;
  const measured = CHANNELS.map((_, channel) => {
    let [total, squares] = [0, 0];
    for (let i = channel; i < data.length; i += 3) {
      const value = data[i] / 255;
      total += value;
      squares += value * value;
    }
    const mean = total / count;
    return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
  });
  return {
    mean: measured.map(({ mean }) => rounded(mean)),
    deviation: measured.map(({ deviation }) => rounded(deviation)),
  };
}

/**
 * How far each scene goes from what it began with: the difference between the averages of its last and its first tenth, of the channel that
 * went farthest, and how far any frame is from the average of the first tenth.
 */
export function describeDrift(frames, scenes) {
  return Object.fromEntries(
    Object.entries(scenes).map(([scene, [from, to]]) => {
      const part = frames.slice(from, to);
      const tenth = Math.floor(part.length / 10);
      const drift = {};
      for (const kind of ["mean", "deviation"]) {
        const perChannel = CHANNELS.map((_, channel) => {
          const values = part.map((frame) => frame[kind][channel]);
          const first = average(values.slice(0, tenth));
          return {
            ends: Math.abs(average(values.slice(-tenth)) - first),
            most: Math.max(...values.map((value) => Math.abs(value - first))),
          };
        });
        drift[`${kind}_ends`] = rounded(Math.max(...perChannel.map(({ ends }) => ends)));
        drift[`${kind}_most`] = rounded(Math.max(...perChannel.map(({ most }) => most)));
      }
      return [scene, drift];
    }),
  );
}

const WIDTH = 900;
const LEFT = 40;
const GAP = 14;
const PANEL = 110;
const TITLE = 22;

/** The curves as an SVG: a row per way of matching, means to the left and deviations to the right; a line where the prompt changes. */
export function drawColors(ways, changes) {
  const wide = (WIDTH - LEFT - GAP - 46) / 2;
  const parts = [];
  ways.forEach(({ title, frames }, row) => {
    const top = 8 + row * (PANEL + TITLE + 10);
    ["mean", "deviation"].forEach((kind, column) => {
      const left = LEFT + column * (wide + GAP + 34);
      const most = kind === "mean" ? 1 : 0.5;
      const x = (frame) => left + (wide * frame) / (frames.length - 1);
      const y = (value) => top + TITLE + PANEL * (1 - Math.min(value, most) / most);
      parts.push(
        text(`${title}: ${kind}`, left, top + 14),
        `<rect x="${left}" y="${top + TITLE}" width="${wide}" height="${PANEL}" fill="#1e212b"/>`,
        ...[0, most / 2, most].map((value) => text(String(value), left - 28, y(value) + 4)),
      );
      for (const from of changes) {
        parts.push(
          `<line x1="${x(from)}" x2="${x(from)}" y1="${top + TITLE}" y2="${top + TITLE + PANEL}" stroke="#565b6b" stroke-dasharray="3 3"/>`,
        );
      }
      CHANNELS.forEach((channel, i) => {
        const points = frames
          .map((frame, n) => `${x(n).toFixed(1)},${y(frame[kind][i]).toFixed(1)}`)
          .join(" ");
        parts.push(
          `<polyline points="${points}" fill="none" stroke="${COLORS[channel]}" stroke-width="1.2"/>`,
        );
      });
    });
  });
  const height = 8 + ways.length * (PANEL + TITLE + 10) + 18;
  parts.push(
    text("frames 0 to 499; the prompt changes from day to night at the dashed line", LEFT, height - 8),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11.5"><rect width="100%" height="100%" fill="#15161b"/>${parts.join("")}</svg>\n`;
}

function text(words, x, y) {
  return `<text x="${x}" y="${y}" fill="#c9ccd6">${words}</text>`;
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rounded(value) {
  return Number(value.toFixed(4));
}
