/** Drawings that differ as pictures of one style do: the same kinds of things, in other places. */

import { randomStream } from "../../src/tensor/random.ts";

/** An SVG of 320 × 240: a sky, hills, a tower with windows, and clouds. Equal seeds are equal drawings. */
export function drawnScene(seed: number): Buffer {
  const random = randomStream(seed, "drawn scene");
  const between = (low: number, high: number) => Math.round(low + (high - low) * random.uniform());
  const clouds = Array.from({ length: 5 }, () => {
    const [x, y] = [between(10, 300), between(10, 90)];
    return `<g fill="#f4f1e8"><circle cx="${x}" cy="${y}" r="${between(6, 14)}"/><circle cx="${x + 14}" cy="${y + 3}" r="${between(6, 12)}"/></g>`;
  });
  const hills = [0, 1, 2].map(
    (hill) =>
      `<path d="M0 240V${between(120, 190)}Q${between(40, 120)} ${between(90, 150)} ${between(130, 190)} ${between(130, 200)}T320 ${between(120, 190)}V240Z" fill="${["#3f6b4f", "#2f5540", "#223f31"][hill]}"/>`,
  );
  const towers = Array.from({ length: 3 }, () => {
    const [x, y, width] = [between(10, 260), between(70, 140), between(22, 44)];
    const windows = Array.from(
      { length: 4 },
      () =>
        `<rect x="${x + between(3, width - 9)}" y="${y + between(6, 80)}" width="6" height="9" fill="#ffd76a"/>`,
    );
    return `<rect x="${x}" y="${y}" width="${width}" height="${220 - y}" fill="#7a4b52"/><path d="M${x - 5} ${y}l${width / 2 + 5} -26l${width / 2 + 5} 26z" fill="#8f2f3a"/>${windows.join("")}`;
  });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="#8fb7d9"/>${[...clouds, ...hills, ...towers].join("")}</svg>`,
  );
}
