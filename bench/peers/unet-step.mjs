/**
 * Builds, loads and runs the UNet of a model folder once, and prints what each costs:
 *
 *     node bench/peers/unet-step.mjs /tmp/random-sd15 --side 64 --low-memory
 *
 * Seconds of processor time stand beside wall time, because machines are rarely idle. Memory is what the process holds for itself
 * (anonymous pages): weights that are used where they lie in the file do not count.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { weightsFolder } from "../../dist/models/onnx-graph.js";
import { foldsWeights, openSession } from "../../dist/models/session.js";
import { buildUnet } from "../../dist/models/unet.js";
import { readUnetConfig } from "../../dist/models/unet-config.js";
import { openWeights } from "../../dist/models/weights.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: "string", default: "64" },
    batch: { type: "string", default: "1" },
    threads: { type: "string", default: "2" },
    "low-memory": { type: "boolean", default: false },
    "load-only": { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("give the folder of a model");
const [side, batch, threads] = [values.side, values.batch, values.threads].map(Number);
/** The pooled text of SDXL. */
const POOLED_WIDTH = 1280;
const TOKENS = 77;

const config = await measured("read", async () => {
  const unet = join(folder, "unet");
  const text = JSON.parse(readFileSync(join(unet, "config.json"), "utf8"));
  const pooledWidth = text.addition_embed_type ? POOLED_WIDTH : null;
  return {
    config: await readUnetConfig(join(unet, "config.json"), pooledWidth),
    weights: await openWeights(unet, "diffusion_pytorch_model"),
  };
});
const optimization = values["low-memory"] ? "extended" : "all";
const foldWeights = foldsWeights({ provider: "cpu", optimization });
const shape = { batch, height: side, width: side, tokens: TOKENS, foldWeights };
const graph = await measured("build", () => buildUnet(config.config, config.weights, shape));
console.log(
  `graph     ${(graph.length / 1e3).toFixed(0)} KB for ${(config.weights.bytes / 1e9).toFixed(2)} GB of weights`,
);
const before = anonymousMegabytes();
const session = await measured("load", () =>
  openSession("UNet", graph, weightsFolder(config.weights.path), {
    provider: "cpu",
    threads,
    optimization,
  }),
);
console.log(`private   ${(anonymousMegabytes() - before).toFixed(0)} MB more after loading`);
if (!values["load-only"]) {
  const { added, textWidth, inputChannels } = config.config;
  const inputs = {
    latents: filled([batch, inputChannels, side, side]),
    timestep: { dims: [1], data: Float32Array.of(500) },
    text: filled([batch, TOKENS, textWidth]),
    ...(added && {
      pooled: filled([batch, added.pooledWidth]),
      sizes: filled([batch, added.sizeValues]),
    }),
  };
  const { prediction } = await measured("step", () => session.run(inputs));
  const square = prediction.data.reduce((sum, value) => sum + value * value, 0) / prediction.data.length;
  console.log(`result    [${prediction.dims.join(", ")}], root mean square ${Math.sqrt(square).toFixed(3)}`);
}
console.log(
  `peak      ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB resident, weights in the file included`,
);
await session.release();

async function measured(name, work) {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const made = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - wall) / 1000;
  console.log(
    `${name.padEnd(10)}${seconds.toFixed(2)} s wall, ${((user + system) / 1e6).toFixed(2)} s of processor time`,
  );
  return made;
}

function filled(dims) {
  const count = dims.reduce((product, size) => product * size, 1);
  return { dims, data: Float32Array.from({ length: count }, (_, i) => Math.sin(i)) };
}

/** Pages that belong to no file; Linux only. */
function anonymousMegabytes() {
  const text = readFileSync("/proc/self/smaps_rollup", "utf8");
  return Number(/^Anonymous:\s+(\d+)/m.exec(text)[1]) / 1024;
}
