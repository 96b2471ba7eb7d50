/** One network of a model, run by this project; see compare.mjs for the arguments and for what is printed. */

import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { int8Weights } from "../../dist/models/int8-linear.js";
import { weightsFolder } from "../../dist/models/onnx-graph.js";
import { textMemory } from "../../dist/models/open-text-projection.js";
import { openUnet } from "../../dist/models/open-unet.js";
import { openVae } from "../../dist/models/open-vae.js";
import { readUnetConfig } from "../../dist/models/unet-config.js";
import { readVaeConfig } from "../../dist/models/vae-config.js";
import { openWeights } from "../../dist/models/weights.js";
import { readFloats, readSafetensors } from "../../dist/models/safetensors.js";
import { writeSafetensors } from "../../dist/models/safetensors-writer.js";
import { foldsWeights, openSession } from "../../dist/models/session.js";

const { values: flags } = parseArgs({
  options: {
    model: { type: "string" },
    network: { type: "string" },
    inputs: { type: "string" },
    out: { type: "string" },
    threads: { type: "string" },
    "low-memory": { type: "boolean", default: false },
    precision: { type: "string", default: "fp32" },
  },
});

/** What Node and the imports took. */
const startup = processorSeconds();
const given = await readSafetensors(flags.inputs);
const input = async (name) => await readFloats(given, name);
const load = { wall: 0, cpu: 0 };
const files = await timed(load, readNetwork);

const options = { provider: "cpu", threads: Number(flags.threads), lowMemory: flags["low-memory"] };
const foldWeights = foldsWeights(options);
/** As the product loads it, with a clock: sessions open at the first run. */
const loadGraph = (part, graph, weightsPath) =>
  timed(load, () => openSession(part, graph, weightsFolder(weightsPath), options));
const run = flags.network === "unet" ? await unetRun() : await decoderRun();

let made;
for await (const _ of createInterface({ input: process.stdin })) {
  const before = { ...load };
  const spent = { wall: 0, cpu: 0 };
  made = await timed(spent, run);
  const wall = spent.wall - (load.wall - before.wall);
  console.log(JSON.stringify({ wall, cpu: spent.cpu - (load.cpu - before.cpu) }));
}
await writeSafetensors(flags.out, new Map([["out", made]]));
console.log(JSON.stringify({ startup, load, peakMegabytes: process.resourceUsage().maxRSS / 1024 }));

async function readNetwork() {
  const folder = join(flags.model, flags.network === "unet" ? "unet" : "vae");
  const read = flags.network === "unet" ? readUnetConfig : readVaeConfig;
  return {
    config: await read(join(folder, "config.json")),
    weights: await openWeights(folder, "diffusion_pytorch_model"),
  };
}

async function unetRun() {
  const unet = openUnet(files, loadGraph, {
    factor: 8,
    memory: textMemory("cpu", flags["low-memory"]),
    int8: flags.precision === "int8" ? await int8Weights() : null,
    foldWeights,
  });
  const [sample, text] = [await input("sample"), await input("encoder_hidden_states")];
  const pooled = given.tensors.has("text_embeds") ? { pooled: await input("text_embeds") } : {};
  const [timestep] = (await input("timestep")).data;
  return () => unet.predict(sample, timestep, { ...text, ...pooled });
}

async function decoderRun() {
  const vae = openVae(files, loadGraph, { foldWeights });
  const latents = await input("latents");
  return () => vae.decodeLatents(latents);
}

async function timed(into, work) {
  const wall = performance.now();
  const cpu = processorSeconds();
  const result = await work();
  into.wall += (performance.now() - wall) / 1e3;
  into.cpu += processorSeconds() - cpu;
  return result;
}

/** Of this process, since its start. */
function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
