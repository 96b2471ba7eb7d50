/**
 * Runs one network of a Stable Diffusion 1.x folder by this project, by diffusers on torch, and by Python's onnxruntime on the torch export: same
 * weights, same tensors, same threads, each in a process of its own. They take turns, one run each, because a machine that is shared is now
 * faster, now slower; all of them are loaded at the same time, for SD 1.5 some 20 GB.
 *
 *     npm run build
 *     python bench/peers/write_checkpoint.py sd15 /tmp/random-sd15
 *     node bench/peers/compare.mjs --model /tmp/random-sd15 --network unet --python python3 --export /tmp/export
 *
 * Python needs torch, diffusers, accelerate, onnx, onnxscript and onnxruntime. The figures to compare are processor times: the least of the rounds
 * behind the first, and the median. Results must agree, or the table would compare different work.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
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
    rounds: { type: "string", default: "6" },
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

const running = [];
for (const [name, command] of Object.entries(peers)) {
  const peer = start(name, command);
  // Loaded before the next one starts.
  peer.runs.push(await peer.run());
  running.push(peer);
}
for (let round = 1; round < Number(flags.rounds); round++) {
  for (const peer of running) peer.runs.push(await peer.run());
  console.log(
    `round ${round}: ${running.map(({ name, runs }) => `${name} ${runs.at(-1).cpu.toFixed(2)}`).join(", ")}`,
  );
}
for (const peer of running) Object.assign(peer, await peer.end());
const reference = await output("torch eager (diffusers)");
const table = await Promise.all(
  running.map(async ({ name, runs, startup, load, peakMegabytes }) => {
    const steady = runs.slice(1);
    return {
      name,
      stepCpu: Math.min(...steady.map(({ cpu }) => cpu)),
      medianCpu: median(steady.map(({ cpu }) => cpu)),
      stepWall: Math.min(...steady.map(({ wall }) => wall)),
      loadCpu: load.cpu,
      loadWall: load.wall,
      readyCpu: startup + load.cpu,
      peakMegabytes,
      difference: relativeError(await output(name), reference),
      runs,
    };
  }),
);

console.log(
  `\n${flags.network}, latent ${side}×${side}, ${flags.threads} threads, ${flags.rounds} rounds, the first left out`,
);
console.log(
  "| | processor s per run, least | median | s per run | load, processor s | load s | program start to loaded, processor s | peak GB | difference to torch |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
for (const row of table) {
  const times = [row.stepCpu, row.medianCpu, row.stepWall, row.loadCpu, row.loadWall, row.readyCpu].map(
    (value) => value.toFixed(2),
  );
  const peak = (row.peakMegabytes / 1024).toFixed(2);
  console.log(`| ${row.name} | ${times.join(" | ")} | ${peak} | ${row.difference.toExponential(1)} |`);
}
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ flags, table }, null, 2)}\n`);
const odd = table.filter(
  ({ name, difference }) =>
    !(difference <= (name.endsWith("int8") ? LARGEST_INT8_DIFFERENCE : LARGEST_DIFFERENCE)),
);
if (odd.length > 0) throw new Error(`${odd.map(({ name }) => name).join(", ")}: another result than torch's`);

/** A peer that waits for its turns. */
function start(name, [command, ...before]) {
  mkdirSync(dirname(outputPath(name)), { recursive: true });
  const more = ["model", "network", "threads"].flatMap((flag) => [`--${flag}`, flags[flag]]);
  const peer = spawn(command, [...before, ...more, "--inputs", inputs, "--out", outputPath(name)], {
    // The product starts its inference process with this environment.
    env: command === process.execPath ? allocatorEnvironment(process.env) : process.env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} ended too early`);
      // The export tells of its progress, too.
      if (value.startsWith("{")) return JSON.parse(value);
    }
  };
  return {
    name,
    runs: [],
    run() {
      peer.stdin.write("run\n");
      return answer();
    },
    async end() {
      const [ended] = [once(peer, "exit"), peer.stdin.end()];
      const figures = await answer();
      await ended;
      return figures;
    },
  };
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

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

/** Largest difference over the largest value. */
function relativeError(found, wanted) {
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0) / scale;
}
