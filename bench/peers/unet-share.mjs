/**
 * Holds a UNet's step against the fastest that the processor can multiply, both measured in turn in one run:
 *
 *     node bench/peers/unet-share.mjs /tmp/random-sd15 --side 64 --batch 2
 *     node bench/peers/unet-share.mjs /tmp/random-sd15 --precision fp32,int8
 *
 * The multiplications of a step are counted from the shapes of its convolutions, linear layers and attentions; all else (normalizations,
 * activations, sums, transposes) counts as nothing. The measure is one large matrix product in ONNX Runtime at the same number of threads.
 * Both are divided by processor time, because machines are rarely idle. 8 bits are held against the same fp32 product, so their share may
 * be above 100 %.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { int8Weights } from "../../dist/models/int8-linear.js";
import { GraphBuilder, weightsFolder } from "../../dist/models/onnx-graph.js";
import { textMemory } from "../../dist/models/open-text-projection.js";
import { openUnet } from "../../dist/models/open-unet.js";
import { openSession } from "../../dist/models/session.js";
import { readUnetConfig } from "../../dist/models/unet-config.js";
import { openWeights } from "../../dist/models/weights.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: "string", default: "64" },
    batch: { type: "string", default: "2" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    precision: { type: "string", default: "fp32" },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("give the folder of a model");
const [side, batch, threads, rounds] = [values.side, values.batch, values.threads, values.rounds].map(Number);
/** The pooled text of SDXL. */
const POOLED_WIDTH = 1280;
const TOKENS = 77;
/** Side of the matrices that the processor's rate is measured with. */
const PRODUCT_SIDE = 4096;

/** Floating point operations by kind of layer, of the UNet that was built last. */
let counted = {};
let countedGraph;
countWhileBuilding();

const unetFolder = join(folder, "unet");
const text = JSON.parse(readFileSync(join(unetFolder, "config.json"), "utf8"));
const files = {
  config: await readUnetConfig(
    join(unetFolder, "config.json"),
    text.addition_embed_type ? POOLED_WIDTH : null,
  ),
  weights: await openWeights(unetFolder, "diffusion_pytorch_model"),
};
const load = (part, graph, path) =>
  openSession(part, graph, weightsFolder(path), { provider: "cpu", threads });
const contenders = [await product()];
for (const precision of values.precision.split(",")) contenders.push(await step(precision));

const seconds = contenders.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const [i, { run }] of contenders.entries()) seconds[i].push(await processorSeconds(run));
}
const rates = contenders.map(({ flop }, i) => flop / median(seconds[i]) / 1e9);
console.log("\nwork              GFLOP  processor s (median, least)  GFLOPS   share of the product's rate");
contenders.forEach(({ name, flop }, i) => {
  const times = `${median(seconds[i]).toFixed(3)}, ${Math.min(...seconds[i]).toFixed(3)}`;
  const share = ((100 * rates[i]) / rates[0]).toFixed(1);
  console.log(
    [
      name.padEnd(14),
      (flop / 1e9).toFixed(1).padStart(8),
      times.padStart(28),
      rates[i].toFixed(1).padStart(7),
      `${share} %`.padStart(29),
    ].join(" "),
  );
});
await Promise.all(contenders.map(({ release }) => release()));

/** The product of two square matrices, one of them constant and packed ahead, as the weights of layers are. */
async function product() {
  const graph = new GraphBuilder("product");
  const dims = [PRODUCT_SIDE, PRODUCT_SIDE];
  const a = graph.input("a", dims);
  const b = graph.constant("b", dims, filled(dims).data);
  const y = graph.node("MatMul", [a, b], dims, { name: "y" });
  // One number comes back: handing 67 MB to JavaScript and looking at each would count as multiplying.
  graph.output(graph.node("ReduceMax", [y], [1, 1], { name: "largest" }));
  const session = await openSession("product", graph.toBytes(), "/", { provider: "cpu", threads });
  const inputs = { a: filled(dims) };
  await session.run(inputs);
  return {
    name: `${PRODUCT_SIDE}³ product`,
    flop: 2 * PRODUCT_SIDE ** 3,
    run: () => session.run(inputs),
    release: () => session.release(),
  };
}

async function step(precision) {
  const int8 = precision === "int8" ? await int8Weights() : null;
  const unet = openUnet(files, load, { factor: 8, memory: textMemory("cpu"), int8, foldWeights: true });
  const { added, textWidth, inputChannels, guidanceWidth } = files.config;
  const latents = filled([batch, inputChannels, side, side]);
  const embedding = {
    ...filled([batch, TOKENS, textWidth]),
    ...(added && { pooled: filled([batch, added.pooledWidth]) }),
  };
  const extras = guidanceWidth === null ? {} : { guidanceScale: 5 };
  const run = () => unet.predict(latents, 500, embedding, extras);
  // The second run of a session is the first at its steady speed.
  await run();
  await run();
  const parts = Object.entries(counted).map(([kind, flop]) => `${kind} ${(flop / 1e9).toFixed(1)}`);
  console.log(`${precision.padEnd(6)} GFLOP by kind: ${parts.join(", ")}`);
  const flop = Object.values(counted).reduce((sum, value) => sum + value, 0);
  return { name: `step, ${precision}`, flop, run, release: () => unet.release() };
}

/** Makes graph builders count what the nodes of UNets multiply; a multiplication and its addition are two operations. */
function countWhileBuilding() {
  const node = Reflect.get(GraphBuilder.prototype, "node");
  GraphBuilder.prototype.node = function (operator, inputs, dims, options) {
    if (this.name === "unet") {
      if (this !== countedGraph) [countedGraph, counted] = [this, {}];
      const [x, weight] = inputs;
      const outputs = size(dims);
      if (operator === "Conv") tally("convolutions", outputs * size(weight.dims.slice(1)));
      if (operator === "Gemm" || operator === "DynamicQuantizeMatMul") tally("linear", outputs * x.dims[1]);
      // Queries by keys, and what comes of it by values.
      if (operator === "MultiHeadAttention") tally("attention", 2 * outputs * weight.dims[1]);
    }
    return node.call(this, operator, inputs, dims, options);
  };
}

function tally(kind, multiplications) {
  counted[kind] = (counted[kind] ?? 0) + 2 * multiplications;
}

async function processorSeconds(work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

function size(dims) {
  return dims.reduce((all, each) => all * each, 1);
}

function filled(dims) {
  return { dims, data: Float32Array.from({ length: size(dims) }, (_, i) => Math.sin(i)) };
}
