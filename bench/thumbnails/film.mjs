/** Short films with known transitions: two shots that move, and what lies between them. */

import sharp from "sharp";
import { chance } from "./chance.mjs";
import { drawScene } from "./drawn.mjs";
import { photograph } from "./photographed.mjs";

/** Size of the films' frames, pixels. */
export const FILM_SIZE = { width: 160, height: 90 };

/**
 * A film of two shots and its truth.
 *
 * @param seed whole number
 * @param join `cross-fade`, `fade` (through a color), or what is no transition: `cut`, `whip` (a fast pan from one into the other), `light`
 *   (one shot, whose light changes), `pulse` (one shot, whose light beats)
 * @returns `frames`, and of each the share of the transition that it is past, 0–1; undefined outside
 */
export async function makeFilm(seed, join) {
  const dice = chance(seed, `film ${join}`);
  const length = join === "cross-fade" || join === "fade" ? dice.whole(4, 48) : 0;
  const [before, after] = [dice.whole(12, 40), dice.whole(12, 40)];
  if (join === "light" || join === "pulse") return changingLight(dice, seed, join);
  if (join === "whip") return whip(dice, seed);
  const total = before + length + after;
  const first = await shot(dice, 2 * seed, before + length);
  const second = await shot(dice, 2 * seed + 1, length + after);
  const color = dice.pick([
    [0, 0, 0],
    [0, 0, 0],
    [16, 16, 16],
    [255, 255, 255],
    [250, 250, 250],
  ]);
  const frames = [];
  const shares = [];
  for (let n = 0; n < total; n++) {
    const share =
      length === 0 ? (n < before ? 0 : 1) : Math.max(0, Math.min(1, (n - before + 1) / (length + 1)));
    const one = first[Math.min(n, first.length - 1)];
    const other = second[Math.max(0, n - before)];
    if (join === "fade")
      frames.push(share < 0.5 ? mix(one, color, 2 * share) : mix(other, color, 2 - 2 * share));
    else frames.push(share === 0 ? one : share === 1 ? other : mix(one, other.data, share));
    shares.push(share > 0 && share < 1 ? share : undefined);
  }
  return { frames, shares };
}

function mix({ width, height, data }, other, share) {
  const isColor = other.length === 3;
  const mixed = new Uint8Array(data.length);
  for (let i = 0; i < mixed.length; i++) {
    mixed[i] = Math.round(data[i] * (1 - share) + other[isColor ? i % 3 : i] * share);
  }
  return { width, height, data: mixed };
}

/** Frames of a camera that stands, pans or zooms over a picture twice as large. */
async function shot(dice, seed, count) {
  const [width, height] = [2 * FILM_SIZE.width, 2 * FILM_SIZE.height];
  const picture = await (dice.happens(0.6)
    ? drawScene(seed, width, height)
    : photograph(seed, width, height));
  const move = dice.pick(["still", "pan", "pan", "zoom", "handheld"]);
  const speed = dice.between(0.1, 2.5);
  const angle = dice.between(0, 2 * Math.PI);
  const zoom = dice.between(-0.008, 0.008);
  const [startX, startY] = [dice.between(0.2, 0.8), dice.between(0.2, 0.8)];
  const source = sharp(picture.data, { raw: { width, height, channels: 3 } });
  const frames = [];
  for (let n = 0; n < count; n++) {
    const scale = move === "zoom" ? Math.max(0.3, Math.min(1, 0.7 * Math.exp(zoom * n))) : 0.7;
    const shake = move === "handheld" ? 2 : 0;
    const travel = move === "pan" ? speed * n : 0;
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    const x = startX * (width - w) + travel * Math.cos(angle) + shake * dice.between(-1, 1);
    const y = startY * (height - h) + travel * Math.sin(angle) + shake * dice.between(-1, 1);
    const left = Math.round(Math.max(0, Math.min(width - w, x)));
    const top = Math.round(Math.max(0, Math.min(height - h, y)));
    const data = await source
      .clone()
      .extract({ left, top, width: w, height: h })
      .resize(FILM_SIZE)
      .raw()
      .toBuffer();
    frames.push({ ...FILM_SIZE, data });
  }
  return frames;
}

/** One shot whose light turns from one color to another, or beats with the music. */
async function changingLight(dice, seed, join) {
  const frames = await shot(dice, 2 * seed, 60);
  const tint = [dice.between(0.5, 1.15), dice.between(0.45, 1), dice.between(0.4, 1.1)];
  const period = dice.between(8, 24);
  const changed = frames.map((frame, n) => {
    const share =
      join === "light"
        ? Math.max(0, Math.min(1, (n - 15) / 30))
        : (1 + Math.sin((2 * Math.PI * n) / period)) / 2;
    return {
      ...frame,
      data: frame.data.map((value, i) => Math.min(255, value * (1 - share + share * tint[i % 3]))),
    };
  });
  return { frames: changed, shares: changed.map(() => undefined) };
}

/** From one picture into another by a pan so fast that each frame is smeared. */
async function whip(dice, seed) {
  const { width, height } = FILM_SIZE;
  const [one, other] = [(await shot(dice, 2 * seed, 15)).at(-1), (await shot(dice, 2 * seed + 1, 1))[0]];
  const count = dice.whole(5, 20);
  const frames = Array.from({ length: 15 }, () => one);
  for (let n = 1; n <= count; n++) {
    const shift = Math.round((n * width) / (count + 1));
    const data = new Uint8Array(one.data.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = x + shift < width ? one : other;
        const sx = (x + shift) % width;
        for (let c = 0; c < 3; c++) data[3 * (y * width + x) + c] = from.data[3 * (y * width + sx) + c];
      }
    }
    frames.push({ width, height, data });
  }
  frames.push(...Array.from({ length: 15 }, () => other));
  return { frames, shares: frames.map(() => undefined) };
}
