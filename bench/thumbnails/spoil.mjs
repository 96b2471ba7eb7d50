/** Makes duds of good pictures: one function for each kind, `(picture, dice) → picture`. */

import sharp from "sharp";
import { chance } from "./chance.mjs";
import { fractalNoise } from "./photographed.mjs";

export const SPOILERS = { black, white, flat, blurred, noise, "burned-out": burnedOut, letterbox };

/** Every value of the picture by a function. */
function map({ width, height, data }, change) {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Math.max(0, Math.min(255, Math.round(change(data[i], i))));
  return { width, height, data: bytes };
}

/** Random values of a normal distribution; drawn once, because millions are asked for, and begun at another place by each picture. */
const GRAIN = (() => {
  const dice = chance(0, "grain");
  return Float32Array.from({ length: 1 << 18 }, () => dice.normal());
})();

function grainOf(dice) {
  let at = dice.whole(0, GRAIN.length - 1);
  return () => GRAIN[at++ & (GRAIN.length - 1)];
}

/** Black with the grain of a camera or the black of video; what a fade leaves; a black with a faint glow. */
function black(picture, dice) {
  const normal = grainOf(dice);
  const grain = dice.between(0, 5);
  const level = dice.pick([0, 0, 5, 16]);
  const share = dice.pick([0, 0, dice.between(0, 0.07)]);
  return map(picture, (value) => level + share * value + grain * Math.abs(normal()));
}

function white(picture, dice) {
  const normal = grainOf(dice);
  const grain = dice.between(0, 5);
  const level = dice.pick([255, 255, 252, 248]);
  const share = dice.pick([0, 0, dice.between(0, 0.04)]);
  return map(picture, (value) => level * (1 - share) + share * value - grain * Math.abs(normal()));
}

/** One color, a slow gradient, or a scene in fog so dense that nothing is left of it. */
function flat(picture, dice) {
  const normal = grainOf(dice);
  const color = [dice.between(50, 210), dice.between(50, 210), dice.between(50, 210)];
  const grain = dice.between(0, 2);
  const share = dice.happens(0.4) ? dice.between(0, 0.06) : 0;
  const slope = dice.happens(0.4) ? dice.between(-14, 14) : 0;
  const { width, height } = picture;
  return map(picture, (value, i) => {
    const at = Math.floor(i / 3);
    const ramp = slope * ((at % width) / width + Math.floor(at / width) / height - 1);
    return color[i % 3] * (1 - share) + share * value + ramp / 2 + grain * normal();
  });
}

/** Out of focus (Gaussian or disk), or moved during the exposure; with a little grain on it in some. Radii are for 320 pixels. */
async function blurred(picture, dice) {
  const normal = grainOf(dice);
  const scale = Math.max(picture.width, picture.height) / 320;
  const kind = dice.pick(["gaussian", "gaussian", "disk", "motion"]);
  const soft =
    kind === "gaussian"
      ? await gaussian(picture, dice.between(2.3, 8) * scale)
      : kind === "disk"
        ? averaged(picture, diskOffsets(dice.between(4, 11) * scale))
        : averaged(picture, lineOffsets(dice.between(12, 40) * scale, dice.between(0, Math.PI)));
  const grain = dice.happens(0.4) ? dice.between(0, 2.5) : 0;
  return map(soft, (value) => value + grain * normal());
}

async function gaussian({ width, height, data }, sigma) {
  const pipeline = sharp(data, { raw: { width, height, channels: 3 } }).blur(sigma);
  return { width, height, data: await pipeline.raw().toBuffer() };
}

function diskOffsets(radius) {
  const offsets = [];
  const reach = Math.floor(radius);
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) if (x * x + y * y <= radius * radius) offsets.push([x, y]);
  }
  return offsets;
}

function lineOffsets(length, angle) {
  const count = Math.ceil(length);
  return Array.from({ length: count }, (_, n) => {
    const t = n - (count - 1) / 2;
    return [Math.round(t * Math.cos(angle)), Math.round(t * Math.sin(angle))];
  });
}

/** Mean of the pixels at some offsets. */
function averaged({ width, height, data }, offsets) {
  const sums = new Float32Array(data.length);
  for (const [dx, dy] of offsets) {
    for (let y = 0; y < height; y++) {
      const sy = Math.max(0, Math.min(height - 1, y + dy));
      for (let x = 0; x < width; x++) {
        const from = 3 * (sy * width + Math.max(0, Math.min(width - 1, x + dx)));
        const to = 3 * (y * width + x);
        sums[to] += data[from];
        sums[to + 1] += data[from + 1];
        sums[to + 2] += data[from + 2];
      }
    }
  }
  return { width, height, data: Uint8Array.from(sums, (sum) => Math.round(sum / offsets.length)) };
}

/** Energy without structure: static, grain of any size, clouds of color, a picture drowned in static, or its pixels in disorder. */
async function noise(picture, dice) {
  const { width, height } = picture;
  const kind = dice.pick(["static", "grain", "grain", "clouds", "drowned", "shuffled"]);
  if (kind === "static") {
    const isGray = dice.happens(0.5);
    const amplitude = dice.between(40, 128);
    let value = 0;
    return map(picture, (_, i) => {
      if (!isGray || i % 3 === 0) value = 128 + amplitude * (2 * dice.uniform() - 1);
      return value;
    });
  }
  if (kind === "grain" || kind === "clouds") {
    const cells = kind === "grain" ? width / dice.between(2, 14) : dice.between(8, 24);
    const falloff = kind === "grain" ? 0 : dice.between(0.75, 0.95);
    const fields = Array.from({ length: 3 }, () => fractalNoise(dice, width, height, cells, falloff));
    const gain = dice.between(150, 320);
    return map(picture, (_, i) => 128 + gain * (fields[i % 3][Math.floor(i / 3)] - 0.5));
  }
  if (kind === "drowned") {
    const amplitude = dice.between(90, 200);
    return map(picture, (value) => value + amplitude * (2 * dice.uniform() - 1));
  }
  const tile = dice.whole(1, 3);
  const tiles = [];
  for (let y = 0; y + tile <= height; y += tile)
    for (let x = 0; x + tile <= width; x += tile) tiles.push([x, y]);
  const data = Uint8Array.from(picture.data);
  for (const [x, y] of tiles) {
    const [sx, sy] = dice.pick(tiles);
    for (let row = 0; row < tile; row++) {
      const from = 3 * ((sy + row) * width + sx);
      data.set(picture.data.subarray(from, from + 3 * tile), 3 * ((y + row) * width + x));
    }
  }
  return { width, height, data };
}

/** So much light that two thirds of the picture and more are white, or so little that five sixths and more are black; the rest still shows something. */
function burnedOut(picture, dice) {
  const lumas = [];
  for (let i = 0; i < picture.data.length; i += 3) {
    lumas.push(0.299 * picture.data[i] + 0.587 * picture.data[i + 1] + 0.114 * picture.data[i + 2]);
  }
  lumas.sort((a, b) => a - b);
  if (dice.happens(0.6)) {
    const share = dice.between(0.65, 0.9);
    // Drawn colors are saturated: the light has to wash them out as it does on film, not only to push one channel over its end.
    const pivot = Math.max(12, lumas[Math.floor((1 - share) * (lumas.length - 1))]);
    const gain = dice.between(262, 300) / pivot;
    return map(picture, (_, i) => {
      const at = i - (i % 3);
      const luma = 0.299 * picture.data[at] + 0.587 * picture.data[at + 1] + 0.114 * picture.data[at + 2];
      const wash = Math.min(1, luma / pivot) ** 2;
      return gain * (picture.data[i] * (1 - wash) + luma * wash);
    });
  }
  const share = dice.between(0.84, 0.95);
  const floor = lumas[Math.floor(share * (lumas.length - 1))];
  const range = Math.max(20, lumas.at(-1) - floor);
  const gain = dice.between(120, 255) / range;
  return map(picture, (_, i) => {
    const at = i - (i % 3);
    const luma = 0.299 * picture.data[at] + 0.587 * picture.data[at + 1] + 0.114 * picture.data[at + 2];
    return luma <= floor ? 0 : (picture.data[i] * (luma - floor) * gain) / Math.max(1, luma);
  });
}

/** Bars with nothing between: an even color, what a fade leaves, or a slit. */
function letterbox(picture, dice) {
  const content = dice.pick(["flat", "white", "faded", "slit"]);
  if (content === "slit") return barred(picture, dice.between(0.03, 0.12), dice);
  const between = {
    flat: () => flat(picture, dice),
    white: () => white(picture, dice),
    faded: () => map(picture, (value) => 30 + 0.05 * value),
  };
  return barred(between[content](), dice.between(0.3, 0.85), dice);
}

/** The picture between bars of video's black; what the bars leave is `share` of the frame. */
export function barred(picture, share, dice) {
  const normal = grainOf(dice);
  const { width, height } = picture;
  const isUpright = dice.happens(0.4);
  const level = dice.pick([0, 0, 16]);
  const grain = dice.between(0, 1.5);
  const side = isUpright ? width : height;
  const bar = Math.round(((1 - share) / 2) * side);
  return map(picture, (value, i) => {
    const at = Math.floor(i / 3);
    const place = isUpright ? at % width : Math.floor(at / width);
    return place < bar || place >= side - bar ? level + grain * Math.abs(normal()) : value;
  });
}
