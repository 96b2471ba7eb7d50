/**
 * A long render, watched: whether memory, open files and temporary files stay what they were.
 *
 *     npm run build && npm run soak -- --frames 10000 --every 250 > soak.json
 *
 * Renders tiny frames with the real command, in a folder, home and temporary folder of its own, and looks at its processes now and then. Half
 * of the frames are drawn by random networks (test/fixtures/tiny-sd15), half are moved and blended; all are scored, stored and encoded. Progress
 * on stderr, JSON on stdout; exits with 1 when something grows.
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { judge } from "./growth.mjs";
import { countTemporaryFiles, lookAt } from "./look-at.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "10000" },
    every: { type: "string", default: "250" },
    /** Megabytes per 1,000 frames that a process may grow by. */
    slope: { type: "string", default: "1" },
    /** Share of the frames that do not count yet: caches fill, code is compiled. */
    "warm-up": { type: "string", default: "0.3" },
  },
});
const [frames, every] = [Number(values.frames), Number(values.every)];

const SCHEDULE = `
model: ${join(ROOT, "test/fixtures/tiny-sd15")}
size: 64x64
frames: ${frames}
seed: 7
sampler: euler_a
steps: 1
threads: 1
strength: 0.4
cadence: 4
prompts: { 0: a hero, 100: a city at night, ${Math.floor(frames / 2)}: "a (dragon:1.2) over {1: the sea}" }
motion: { zoom: "0:(1.01)", rotation_3d_z: "0:(2*sin(t/30))" }
noise: { amount: 0.02 }
`;

const folder = await mkdtemp(join(tmpdir(), "animate-soak-"));
try {
  const result = await soak();
  console.log(
    JSON.stringify({ frames, every, processor: cpus()[0]?.model, node: process.version, ...result }),
  );
  for (const complaint of result.complaints) console.error(`grows: ${complaint}`);
  process.exitCode = result.complaints.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function soak() {
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  await writeFile(join(folder, "soak.yaml"), SCHEDULE);
  const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: join(folder, "cache"), TMPDIR: temporary };
  const render = spawn(process.execPath, [join(ROOT, "bin/animate.js"), "-s", "soak.yaml", "--json"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => render.once("exit", (code) => resolve(code)));
  const samples = [];
  let done = 0;
  for await (const line of createInterface({ input: render.stdout })) {
    const { type } = JSON.parse(line);
    if (type !== "frame" || ++done % every !== 0) continue;
    const sample = { frame: done, ...lookAt(render.pid), files: countTemporaryFiles(temporary, folder) };
    samples.push(sample);
    console.error(describe(sample));
  }
  const exitCode = await ended;
  if (exitCode !== 0) throw new Error(`the render ended with exit code ${exitCode} after ${done} frames`);
  const left = countTemporaryFiles(temporary, folder);
  return judge(samples, left, { slope: Number(values.slope), warmUp: Number(values["warm-up"]) });
}

function describe({ frame, processes, files }) {
  const parts = Object.entries(processes).map(
    ([name, { megabytes, descriptors }]) => `${name} ${megabytes.toFixed(1)} MB, ${descriptors} open`,
  );
  return [`frame ${frame}`, ...parts, `${files} temporary files`].join("; ");
}
