/** Procedural pictures that have what photographs have: textures with a falling spectrum, shaded objects, depth of field, grain, compression. */

import sharp from "sharp";
import { chance } from "./chance.mjs";

/** A picture of `width × height` pixels, a function of its seed. */
export async function photograph(seed, width, height) {
  const dice = chance(seed, "photograph");
  const pixels = new Float32Array(3 * width * height);
  if (dice.happens(0.5)) await paintView(dice, pixels, width, height);
  else paintThicket(dice, pixels, width, height);
  await blur(pixels, width, height, dice.between(0.3, 0.55));
  const [gain, grain, vignette] = [dice.between(0.75, 1.2), dice.between(0, 4), dice.between(0, 0.4)];
  const data = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const at = Math.floor(i / 3);
    const [dx, dy] = [(2 * (at % width)) / width - 1, (2 * Math.floor(at / width)) / height - 1];
    const light = gain * (1 - (vignette * (dx * dx + dy * dy)) / 2);
    data[i] = Math.max(0, Math.min(255, pixels[i] * light + grain * 1.7 * (2 * dice.uniform() - 1)));
  }
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: dice.whole(60, 95) })
    .toBuffer();
  return { width, height, data: await sharp(jpeg).raw().toBuffer() };
}

/** A hazy sky above rough ground, and a few balls. */
async function paintView(dice, pixels, width, height) {
  const horizon = dice.between(0.3, 0.7) * height;
  const color = () => [dice.between(40, 230), dice.between(40, 230), dice.between(40, 230)];
  const [above, top, below] = [color(), color(), color()];
  const haze = fractalNoise(dice, width, height, dice.between(4, 8), 0.5);
  const texture = fractalNoise(dice, width, height, dice.between(2, 5), dice.between(0.65, 0.95));
  const roughness = dice.between(40, 200);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const line = horizon + 0.12 * height * (haze[x] - 0.5);
      for (let c = 0; c < 3; c++) {
        pixels[3 * i + c] =
          y < line
            ? top[c] + ((above[c] - top[c]) * y) / horizon + 40 * (haze[i] - 0.5)
            : below[c] + roughness * (texture[i] - 0.5) * (0.4 + (1.2 * (y - line)) / height);
      }
    }
  }
  // What lies behind is out of focus in some.
  if (dice.happens(0.35)) await blur(pixels, width, height, dice.between(1, 3.5));
  for (let n = dice.whole(1, 4); n > 0; n--) addBall(dice, pixels, width, height, texture, color());
}

/**
 * Things of all sizes before one another, as in a forest, a crowd or a full shelf: the dead leaves model, disks whose radii follow a power law of −3,
 * which has the statistics of photographs (Lee, Mumford and Huang, "Occlusion models for natural images", IJCV 2001). The busiest picture there is.
 */
function paintThicket(dice, pixels, width, height) {
  const largest = dice.between(0.15, 0.5) * Math.min(width, height);
  const smallest = dice.between(1.2, 4);
  const tones = Array.from({ length: dice.whole(2, 6) }, () => [0, 1, 2].map(() => dice.between(20, 235)));
  const spread = dice.between(10, 45);
  const leaves = Math.ceil((width * height) / smallest ** 2 / 2);
  for (let n = 0; n < leaves; n++) {
    const radius = smallest / Math.sqrt(1 - dice.uniform() * (1 - (smallest / largest) ** 2));
    const [cx, cy] = [dice.between(-radius, width + radius), dice.between(-radius, height + radius)];
    const light = dice.between(-spread, spread);
    const color = dice.pick(tones).map((value) => value + light);
    const [slopeX, slopeY] = [dice.between(-0.3, 0.3), dice.between(-0.3, 0.3)];
    for (let y = Math.max(0, Math.ceil(cy - radius)); y < Math.min(height, cy + radius); y++) {
      const half = Math.sqrt(radius ** 2 - (y - cy) ** 2);
      for (let x = Math.max(0, Math.ceil(cx - half)); x < Math.min(width, cx + half); x++) {
        const shade = ((x - cx) * slopeX + (y - cy) * slopeY) * (60 / radius);
        const i = 3 * (y * width + x);
        for (let c = 0; c < 3; c++) pixels[i + c] = color[c] + shade;
      }
    }
  }
}

/** Lambert's ball with a texture, a shadow side and a highlight. */
function addBall(dice, pixels, width, height, texture, color) {
  const side = Math.min(width, height);
  const [cx, cy, r] = [
    dice.between(0.1, 0.9) * width,
    dice.between(0.3, 0.8) * height,
    dice.between(0.08, 0.3) * side,
  ];
  const angle = dice.between(0, 2 * Math.PI);
  const rough = dice.between(0.1, 0.8);
  for (let y = Math.max(0, Math.floor(cy - r)); y < Math.min(height, cy + r); y++) {
    for (let x = Math.max(0, Math.floor(cx - r)); x < Math.min(width, cx + r); x++) {
      const [u, v] = [(x - cx) / r, (y - cy) / r];
      const z = 1 - u * u - v * v;
      if (z <= 0) continue;
      const lit = Math.max(0, 0.55 * (u * Math.cos(angle) + v * Math.sin(angle)) + 0.7 * Math.sqrt(z));
      const i = y * width + x;
      const skin = 1 + rough * (texture[(i * 3) % texture.length] - 0.5);
      for (let c = 0; c < 3; c++)
        pixels[3 * i + c] = color[c] * (0.15 + lit) * skin + 120 * Math.max(0, lit - 0.9) * 4;
    }
  }
}

/** Octaves of smoothed random values, each of half the grain and `falloff` of the amplitude of the one before; 0–1. */
export function fractalNoise(dice, width, height, firstCells, falloff) {
  const values = new Float32Array(width * height);
  let total = 0;
  let amplitude = 1;
  for (let cells = firstCells; cells < width / 1.5; cells *= 2, amplitude *= falloff) {
    const columns = Math.ceil(cells) + 2;
    const rows = Math.ceil((cells * height) / width) + 2;
    const grid = Float32Array.from({ length: columns * rows }, () => dice.uniform());
    for (let y = 0; y < height; y++) {
      const gy = (y * cells) / width;
      const [iy, fy] = [Math.floor(gy), smooth(gy % 1)];
      for (let x = 0; x < width; x++) {
        const gx = (x * cells) / width;
        const [ix, fx] = [Math.floor(gx), smooth(gx % 1)];
        const at = iy * columns + ix;
        const upper = grid[at] + fx * (grid[at + 1] - grid[at]);
        const lower = grid[at + columns] + fx * (grid[at + columns + 1] - grid[at + columns]);
        values[y * width + x] += amplitude * (upper + fy * (lower - upper));
      }
    }
    total += amplitude;
  }
  return values.map((value) => value / total);
}

function smooth(t) {
  return t * t * (3 - 2 * t);
}

async function blur(pixels, width, height, sigma) {
  const bytes = Uint8Array.from(pixels, (value) => Math.max(0, Math.min(255, value)));
  pixels.set(
    await sharp(bytes, { raw: { width, height, channels: 3 } })
      .blur(sigma)
      .raw()
      .toBuffer(),
  );
}
