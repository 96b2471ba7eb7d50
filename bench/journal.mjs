/**
 * What it costs to make a frame safe: its file and its journal line on the disk, and a name in the frame cache. Exit code 1 above the bar.
 *
 *     npm run build && node bench/journal.mjs --frames 40 --size 512x512 --folder . > journal.json
 *
 * Storybook draws each frame from the one before, as a render does, and each is stored before the next; in a render that happens while the next is
 * drawn. Encoding the PNG is measured apart: a render without a journal would have to do it, too. `--folder` decides which disk is measured.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { renderImage } from "../dist/diffusion/img2img.js";
import { openFrameCache } from "../dist/frame-cache/frame-cache.js";
import { findModel } from "../dist/models/find-model.js";
import { openModel } from "../dist/models/open-model.js";
import { sha256 } from "../dist/render/chain.js";
import { openRunFolder } from "../dist/render/run-folder.js";
import { toByteImage } from "../dist/tensor/image.js";
import { encodePng } from "../dist/tensor/picture-file.js";

/** Milliseconds per frame, and share of the time that it takes to draw one. */
const BARS = { ms: 20, share: 0.03 };

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "40" },
    size: { type: "string", default: "512x512" },
    folder: { type: "string", default: "." },
  },
});
const count = Number(values.frames);
const [width, height] = values.size.split("x").map(Number);

const TEXTS = [
  { keyword: "parameters", text: "a superhero with a red cape flies over a city at night\n".repeat(20) },
];
const place = await mkdtemp(join(resolve(values.folder), "animate-journal-"));
const model = await openModel(await findModel("storybook", process.cwd()), { device: "cpu" });
const chain = Array.from({ length: count }, (_, frame) => sha256(`frame ${frame}`));
const folder = await openRunFolder(join(place, "run"), chain, { force: false });
const cache = openFrameCache({
  folder: join(place, "cache"),
  limitBytes: 1e9,
  machine: "bench",
  run: "bench",
  model: "storybook",
  onWarning: (message) => process.stderr.write(`${message}\n`),
});
const times = { draw: [], png: [], save: [], cache: [] };
try {
  let picture = null;
  for (const [frame, hash] of chain.entries()) {
    const { image } = await timed("draw", () => draw(picture, frame));
    picture = image;
    const bytes = toByteImage(image);
    await timed("png", () => encodePng(bytes, TEXTS));
    const state = { nextFrame: frame + 1, newer: bytes, older: null, colorReference: null };
    const rendered = { plan: { frame }, image: bytes, state, resumable: true };
    const entry = await timed("save", () => folder.save(rendered, hash, 1, TEXTS));
    await timed("cache", () => cache.keep(folder.path, entry));
  }
} finally {
  await Promise.all([folder.close(), cache.close(), model.release()]);
  await rm(place, { recursive: true });
}

// The first frame is drawn from nothing, and finds everything cold.
const ms = Object.fromEntries(Object.entries(times).map(([name, all]) => [name, spread(all.slice(1))]));
const safe = times.save.map((time, i) => time - times.png[i] + times.cache[i]).slice(1);
const journal = { ...spread(safe), share: spread(safe).median / ms.draw.median };
const [processor] = cpus();
console.log(
  JSON.stringify({
    processor: processor?.model,
    node: process.version,
    size: values.size,
    frames: count,
    ms,
    journal,
  }),
);
if (journal.median > BARS.ms || journal.share > BARS.share) process.exitCode = 1;

async function timed(name, work) {
  const began = performance.now();
  const result = await work();
  times[name].push(performance.now() - began);
  return result;
}

function draw(image, frame) {
  return renderImage(model, {
    image,
    width,
    height,
    prompts: [{ text: "a superhero with a red cape flies over a city at night", weight: 1 }],
    negativePrompt: "",
    sampler: "dpmpp_2m_karras",
    steps: 12,
    strength: image === null ? 0 : 0.6,
    guidanceScale: 4,
    seed: 7 + frame,
    noiseMultiplier: 1,
    clipSkip: 0,
  });
}

/** Milliseconds. */
function spread(all) {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { least: sorted[0], median: at(0.5), p95: at(0.95) };
}
