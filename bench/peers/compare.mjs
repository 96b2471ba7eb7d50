/**
 * Runs one network of a Stable Diffusion 1.x folder by this project, by diffusers on torch, and by Python's onnxruntime on the torch export: same
 * weights, same tensors, same threads, each in a process of its own, one after the other in rounds.
 *
 *     npm run build
 *     python bench/peers/write_checkpoint.py sd15 /tmp/random-sd15
 *     node bench/peers/compare.mjs --model /tmp/random-sd15 --network unet --python python3 --export /tmp/export
 *
 * Python needs torch, diffusers, accelerate, onnx, onnxscript and onnxruntime. The figure to compare is processor time: the least of the runs
 * behind the first. Results must agree, or the table would compare different work.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { readFloats, readSafetensors } from "../../dist/models/safetensors.js";
import { writeSafetensors } from "../../dist/models/safetensors-writer.js";
import { allocatorEnvironment } from "../../dist/render/allocator.js";

const { values: flags } = parseArgs({
  options: {
    model: { type: "string" },
    network: { type: "string", default: "unet" },
    export: { type: "string" },
    python: { type: "string", default: "python3" },
    side: { type: "string", default: "64" },
    rounds: { type: "string", default: "2" },
    runs: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    json: { type: "string" },
  },
});
if (flags.model === undefined || flags.export === undefined) {
  throw new Error("give --model and --export, see the first lines of this file");
}
const LARGEST_DIFFERENCE = 1e-3;
/** 8 bits are asked for, not the same result. */
const LARGEST_INT8_DIFFERENCE = 0.05;
const work = mkdtempSync(join(tmpdir(), "animate-peers-"));
const inputs = join(work, "inputs.safetensors");
const side = Number(flags.side);
await writeSafetensors(
  inputs,
  new Map(
    flags.network === "unet"
      ? [
          ["sample", waves([2, 4, side, side])],
          ["timestep", { dims: [1], data: Float32Array.of(500) }],
          ["encoder_hidden_states", waves([2, 77, 768])],
        ]
      : [["latents", waves([1, 4, side, side])]],
  ),
);

const here = import.meta.dirname;
const ours = [process.execPath, join(here, "ours.mjs")];
const peers = {
  animate: ours,
  "animate --low-memory": [...ours, "--low-memory"],
  ...(flags.network === "unet" && { "animate --precision int8": [...ours, "--precision", "int8"] }),
  "torch eager (diffusers)": [flags.python, join(here, "torch_eager.py"), "--read-at-load"],
  "the same with accelerate": [flags.python, join(here, "torch_eager.py")],
  "onnxruntime on the torch export": [
    flags.python,
    join(here, "onnxruntime_export.py"),
    "--export",
    flags.export,
  ],
};

const rounds = Object.fromEntries(Object.keys(peers).map((name) => [name, []]));
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const [name, [command, ...before]] of Object.entries(peers))
    rounds[name].push(run(name, command, before));
}
const reference = await output("torch eager (diffusers)");
const table = await Promise.all(
  Object.entries(rounds).map(async ([name, measured]) => ({
    name,
    stepCpu: least(measured.flatMap(({ runs }) => runs.slice(1).map(({ cpu }) => cpu))),
    stepWall: least(measured.flatMap(({ runs }) => runs.slice(1).map(({ wall }) => wall))),
    readyCpu: least(measured.map(({ startup, load }) => startup + load.cpu)),
    loadCpu: least(measured.map(({ load }) => load.cpu)),
    loadWall: least(measured.map(({ load }) => load.wall)),
    peakMegabytes: least(measured.map(({ peakMegabytes }) => peakMegabytes)),
    difference: relativeError(await output(name), reference),
  })),
);

console.log(
  `\n${flags.network}, latent ${side}×${side}, ${flags.threads} threads, least of ${flags.rounds} rounds`,
);
console.log(
  "| | processor s per run | s per run | load, processor s | load s | program start to loaded, processor s | peak GB | difference to torch |",
);
console.log("|---|---|---|---|---|---|---|---|");
for (const row of table) {
  const times = [row.stepCpu, row.stepWall, row.loadCpu, row.loadWall, row.readyCpu].map((value) =>
    value.toFixed(2),
  );
  const peak = (row.peakMegabytes / 1024).toFixed(2);
  console.log(`| ${row.name} | ${times.join(" | ")} | ${peak} | ${row.difference.toExponential(1)} |`);
}
if (flags.json !== undefined)
  writeFileSync(flags.json, `${JSON.stringify({ flags, table, rounds }, null, 2)}\n`);
const odd = table.filter(
  ({ name, difference }) =>
    !(difference <= (name.endsWith("int8") ? LARGEST_INT8_DIFFERENCE : LARGEST_DIFFERENCE)),
);
if (odd.length > 0) throw new Error(`${odd.map(({ name }) => name).join(", ")}: another result than torch's`);

function run(name, command, before) {
  mkdirSync(dirname(outputPath(name)), { recursive: true });
  const more = ["model", "network", "runs", "threads"].flatMap((flag) => [`--${flag}`, flags[flag]]);
  const args = [...before, ...more, "--inputs", inputs, "--out", outputPath(name)];
  // The product starts its inference process with this environment.
  const env = command === process.execPath ? allocatorEnvironment(process.env) : process.env;
  const printed = execFileSync(command, args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const measured = JSON.parse(printed.trim().split("\n").at(-1));
  const steps = measured.runs.map(({ cpu }) => cpu.toFixed(2)).join(" ");
  console.log(`${name}: load ${measured.load.cpu.toFixed(2)}, runs ${steps} s of processor time`);
  return measured;
}

function outputPath(name) {
  return join(work, name.replaceAll(/\W+/g, "-"), "out.safetensors");
}

async function output(name) {
  return (await readFloats(await readSafetensors(outputPath(name)), "out")).data;
}

function waves(dims) {
  const count = dims.reduce((product, size) => product * size, 1);
  return { dims, data: Float32Array.from({ length: count }, (_, i) => Math.sin(i)) };
}

function least(values) {
  return Math.min(...values);
}

/** Largest difference over the largest value. */
function relativeError(found, wanted) {
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0) / scale;
}
