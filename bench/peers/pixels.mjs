/**
 * The pixel work of a frame at 512×512, here and in OpenCV with NumPy (pixels.py): same picture, same work, in turn.
 *
 *     npm run build && node bench/peers/pixels.mjs --python python3 [--rounds 9] [--threads 2] [--only "warp 2D"]
 *
 * Python needs numpy and opencv-python-headless. The least of the rounds counts.
 *
 * Each side has the picture where its steps find and leave it: a NumPy array there, the kernels' memory here, in which the steps of a frame
 * follow each other (src/tensor/near-kernels.ts). Both have just written it, as a step before does. The whole frame, the optical flow and
 * the row "warp 2D, copied" begin and end in memory of JavaScript's, and both ways into the kernels' memory and out of it count.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { matchColors } from "../../dist/feedback/color-match.js";
import { prepareInit } from "../../dist/feedback/feedback.js";
import { addNoise } from "../../dist/feedback/noise.js";
import { sharpen } from "../../dist/feedback/sharpen.js";
import { farnebackFlow } from "../../dist/flow/farneback.js";
import { warpImage } from "../../dist/motion/warp.js";
import { nearKernels, pictureFloats } from "../../dist/tensor/near-kernels.js";
import { normalNoise } from "../../dist/tensor/random.js";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "9" },
    threads: { type: "string", default: "2" },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const SIZE = 512;
const PIXELS = SIZE * SIZE;
const SEED = 7;

/** A picture with detail at all sizes: noise, and smooth waves. */
function picture(seed) {
  const data = normalNoise(seed, "bench", 3 * PIXELS);
  for (let i = 0; i < data.length; i++) {
    const wave = Math.sin(i / 97) + Math.sin(i / (3 * SIZE * 11));
    data[i] = Math.min(1, Math.max(0, 0.5 + 0.2 * wave + 0.05 * data[i]));
  }
  return { width: SIZE, height: SIZE, data };
}

const image = picture(1);
const reference = picture(2);
const depth = Float32Array.from(
  { length: PIXELS },
  (_, i) => 1.5 + 0.5 * Math.sin(i / 40) * Math.cos(i / SIZE / 30),
);
const motion = {
  angle: 1,
  zoom: 1.02,
  transform_center_x: 0.5,
  transform_center_y: 0.5,
  translation_x: 4,
  translation_y: -2,
  translation_z: 10,
  rotation_3d_x: 0.5,
  rotation_3d_y: -0.8,
  rotation_3d_z: 0.3,
  fov: 70,
};
const unsharp = { amount: 0.35, kernel: 5, sigma: 1, threshold: 0 };
const still = { ...motion, translation_x: 0, translation_y: 0 };
const gray = toGray(image);
const movedGray = toGray(warpImage(image, still, { mode: "2d" }));
const plan = { seed: SEED, motion, noise: { amount: 0.06 }, feedback: { contrast: 1, sharpen: unsharp } };

/** Steps of a frame. */
const steps = {
  "warp 3D": (near) => warpImage(near, motion, { mode: "3d", depth }),
  "warp 2D": (near) => warpImage(near, still, { mode: "2d" }),
  "color match LAB": (near) => matchColors(near, { ...reference }, "lab"),
  "Perlin noise": (near) => addNoise(near, 0.06, SEED),
  sharpen: (near) => sharpen(near, unsharp),
};
const work = {
  ...Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, () => timeNear(step)])),
  "warp 2D, copied": () => time(() => warpImage(image, still, { mode: "2d" })),
  "Farnebäck flow": () => time(() => farnebackFlow(gray, movedGray, SIZE, SIZE)),
  "whole frame": () =>
    time(() => prepareInit(image, plan, { ...reference }, { mode: "3d", depth, colorMatch: "lab" })),
};

function time(run) {
  const began = performance.now();
  run();
  return performance.now() - began;
}

/** On a picture in the kernels' memory. */
function timeNear(step) {
  let taken;
  nearKernels(6, image, () => {
    const near = { ...image, data: pictureFloats(image.data.length) };
    near.data.set(image.data);
    taken = time(() => step(near));
    return near;
  });
  return taken;
}

const folder = mkdtempSync(join(tmpdir(), "animate-pixels-"));
const file = join(folder, "pictures.npz");
await writePictures();
const python = spawn(flags.python, [join(import.meta.dirname, "pixels.py"), file, flags.threads], {
  stdio: ["pipe", "pipe", "inherit"],
});
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const answer = async () => {
  const { value, done } = await lines.next();
  if (done) throw new Error("the Python side ended");
  return value;
};
console.log(await answer());

const asked = Object.keys(work).filter((name) => name === (flags.only ?? name));
const times = Object.fromEntries(asked.map((name) => [name, { ours: [], peer: [] }]));
for (let round = -2; round < Number(flags.rounds); round++) {
  for (const name of asked) {
    const ours = work[name]();
    python.stdin.write(`${name}\n`);
    const theirs = Number(await answer());
    if (round < 0) continue;
    times[name].ours.push(ours);
    times[name].peer.push(theirs);
  }
}
python.stdin.end();
await once(python, "exit");
rmSync(folder, { recursive: true });

const rows = Object.entries(times).map(([name, { ours, peer }]) => {
  const [least, peerLeast] = [Math.min(...ours), Math.min(...peer)];
  return { name, ours: least, peer: peerLeast, ratio: least / peerLeast };
});
console.log("| 512×512 | here, ms | OpenCV and NumPy, ms | ratio |\n|---|---|---|---|");
for (const { name, ours, peer, ratio } of rows) {
  console.log(`| ${name} | ${ours.toFixed(1)} | ${peer.toFixed(1)} | ${ratio.toFixed(2)} |`);
}
if (flags.json !== undefined)
  await writeFile(flags.json, `${JSON.stringify({ flags, rows, times }, null, 2)}\n`);

function toGray({ data }) {
  return Float32Array.from({ length: PIXELS }, (_, i) =>
    Math.floor(255 * (0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2])),
  );
}

/** NumPy reads raw numbers best; it packs them itself. */
async function writePictures() {
  const arrays = { picture: image.data, reference: reference.data, depth };
  for (const [name, data] of Object.entries(arrays)) await writeFile(join(folder, `${name}.f32`), data);
  const script = `
import sys, numpy as np
read = lambda name, *shape: np.fromfile(f"{sys.argv[1]}/{name}.f32", np.float32).reshape(shape)
np.savez(f"{sys.argv[1]}/pictures.npz", picture=read("picture", ${SIZE}, ${SIZE}, 3), reference=read("reference", ${SIZE}, ${SIZE}, 3),
         depth=read("depth", ${SIZE}, ${SIZE}), seed=${SEED})`;
  const [code] = await once(spawn(flags.python, ["-c", script, folder], { stdio: "inherit" }), "exit");
  if (code !== 0) throw new Error("the pictures could not be handed to Python");
}
