/**
 * Benchmarks: what each part of a frame costs, and which share of a frame is our own work.
 *
 *     npm run build && npm run bench > bench/results/NAME.json
 *
 * Progress on stderr, JSON on stdout. Every scenario is warmed up, and then all are run in turn, round after round, so that a busy minute
 * of the machine hits each of them. The minimum is the steadier figure; the mean shows how busy the machine was.
 */
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { matchColors } from "../dist/feedback/color-match.js";
import { prepareInit } from "../dist/feedback/feedback.js";
import { addNoise } from "../dist/feedback/noise.js";
import { sharpen } from "../dist/feedback/sharpen.js";
import { renderImage } from "../dist/diffusion/img2img.js";
import { findModel } from "../dist/models/find-model.js";
import { openModel } from "../dist/models/open-model.js";
import { warpImage } from "../dist/motion/warp.js";
import { runtimeVersion } from "../dist/render/run-facts.js";
import { planFrames } from "../dist/schedule/plan.js";
import { loadSettings } from "../dist/settings/load.js";
import { toByteImage } from "../dist/tensor/image.js";
import { normalNoise } from "../dist/tensor/random.js";
import { encodePng } from "../dist/tensor/picture-file.js";
import { scoreFrame } from "../dist/scoring/score.js";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 7);

/** A flight with every schedule moving, so that no shortcut for stillness is measured. */
const FLIGHT = `
frames: 100000
seed: 7
prompts: { 0: "a", 50000: "b" }
motion:
  translation_x: "0:(0), 30:(15), 210:(15), 300:(0)"
  translation_z: "0:(0.2), 60:(10), 300:(15)"
  rotation_3d_x: "0:(0), 90:(0.5), 300:(0.5)"
  rotation_3d_y: "0:(0), 30:(-3.5), 90:(0.5), 180:(-2.8), 300:(-2), 420:(0)"
  rotation_3d_z: "0:(0), 60:(0.2), 180:(-0.5), 500:(0.8)"
noise: { amount: "0:(-0.06*(cos(3.141*t/15)**100)+0.06)" }
`;

const { settings } = loadSettings({ file: "bench.yaml", text: FLIGHT });
const short = { ...settings, frames: 32 };
const frame = planFrames(short)[31];

/** A picture with detail at all sizes: noise, and smooth waves. */
function picture(width, height, seed) {
  const data = normalNoise(seed, "bench", 3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const wave = Math.sin(i / 97) + Math.sin(i / (3 * width * 11));
    data[i] = Math.min(1, Math.max(0, 0.5 + 0.2 * wave + 0.05 * data[i]));
  }
  return { width, height, data };
}

const image = picture(512, 512, 1);
const reference = picture(512, 512, 2);
const bytes = toByteImage(image);
const small = picture(256, 256, 3);
const smallBytes = toByteImage(small);
const mask = { amount: 0.1, kernel: 5, sigma: 1, threshold: 0 };
const feedback = { mode: "3d", colorMatch: "lab" };

const model = await openModel(await findModel("storybook", process.cwd()), { device: "cpu" });
const { vaeFactor, textWidth, textPositions } = model.info;
const latentDims = [2, 4, 256 / vaeFactor, 256 / vaeFactor];
const tensor = (dims, seed) => ({
  dims,
  data: normalNoise(
    seed,
    "bench",
    dims.reduce((a, b) => a * b, 1),
  ),
});
const latents = tensor(latentDims, 4);
const text = tensor([2, textPositions, textWidth], 5);
const pixels = { dims: [1, 3, 256, 256], data: small.data.map((value) => value * 2 - 1) };
const single = tensor([1, ...latentDims.slice(1)], 6);
const request = {
  image: small,
  width: 256,
  height: 256,
  prompts: [{ text: "a superhero with a red cape flies over a city at night", weight: 1 }],
  negativePrompt: "",
  sampler: "dpmpp_2m_karras",
  steps: 12,
  strength: 0.6,
  guidanceScale: 4,
  seed: 7,
  noiseMultiplier: 1,
  clipSkip: 0,
};

const scenarios = {
  "plan 100,000 frames": () => planFrames(settings),
  "warp 3D bicubic 512²": () => warpImage(image, frame.motion, { mode: "3d" }),
  "warp 2D bilinear 512²": () => warpImage(image, { ...frame.motion, zoom: 1.02, angle: 1 }, { mode: "2d" }),
  "color match LAB 512²": () => matchColors(image, reference, "lab"),
  "noise Perlin 512²": () => addNoise(image, 0.06, 7),
  "noise uniform 512²": () => addNoise(image, 0.06, 7, { type: "uniform" }),
  "sharpen 512²": () => sharpen(image, mask),
  "score a still 512²": () => scoreFrame(bytes),
  "encode PNG 512²": () => encodePng(bytes),
  "own work 256²: feedback": () => prepareInit(small, frame, small, feedback),
  "own work 256²: color match after": () => matchColors(small, small, "lab"),
  "own work 256²: PNG": () => encodePng(smallBytes),
  "storybook UNet step, batch 2, 256²": () => model.predict(latents, 500, text),
  "storybook VAE encode 256²": () => model.encodeImage(pixels),
  "storybook VAE decode 256²": () => model.decodeLatents(single),
  "storybook picture 256², 12 steps at strength 0.6": () => renderImage(model, request),
};

const times = Object.fromEntries(Object.keys(scenarios).map((name) => [name, []]));
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(scenarios)) {
    const began = performance.now();
    await run();
    if (round >= 0) times[name].push(performance.now() - began);
  }
  process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
}
await model.release();

const results = Object.entries(times).map(([name, values]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { name, minMs: Math.min(...values), meanMs: mean, deviationMs: deviation };
});
const minimum = (name) => results.find((result) => result.name === name).minMs;
const own = Object.keys(times)
  .filter((name) => name.startsWith("own work"))
  .reduce((sum, name) => sum + minimum(name), 0);
const painted = minimum("storybook picture 256², 12 steps at strength 0.6");

console.log(
  JSON.stringify(
    {
      machine: { processor: cpus()[0].model, cores: cpus().length },
      versions: { node: process.versions.node, onnxruntime: runtimeVersion },
      rounds: ROUNDS,
      results,
      storybookFrame: { paintedMs: painted, ownMs: own, ownShare: own / (own + painted) },
    },
    null,
    2,
  ),
);
