/**
 * How fast a video is scored beside ffmpeg's own `thumbnail` filter, and whether memory grows with its length.
 *
 *     node bench/thumbnails/speed.mjs [--film film.mp4] [--rounds 3] [--seconds 60]
 *
 * Both read every frame of the same file, in turn: `ffmpeg -vf thumbnail,scale=320:-2 -f null -` picks by histograms of 100 frames at a time,
 * ours scores each frame in every measure. Without --film a 1080p30 film is made: moving drawings and noise at about 8 Mbit/s. Prints the least
 * wall time and processor time of each and their ratios, and the peak memory of our two processes for 10 s and for 10 min of film.
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { locateVideoTools } from "../../dist/video/locate.js";

const SCORE_FILM = fileURLToPath(new URL("score-film.mjs", import.meta.url));
/** What is drawn; it is repeated to the length asked for, because drawing takes longer than all the rest. */
const LOOP_SECONDS = 5;
const SAMPLE_MILLISECONDS = 50;

const { values } = parseArgs({
  options: {
    film: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "60" },
  },
});
const { ffmpeg } = await locateVideoTools();
const folder = mkdtempSync(join(tmpdir(), "animate-speed-"));
try {
  const film = values.film ?? makeFilm("film", "1920x1080", 30, Number(values.seconds));
  const filter = ["-v", "error", "-nostdin", "-i", film, "-vf", "thumbnail,scale=320:-2", "-f", "null", "-"];
  const runs = { thumbnail: [], ours: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    runs.thumbnail.push(await measure(ffmpeg.path, filter));
    runs.ours.push(await measure(process.execPath, [SCORE_FILM, film]));
  }
  const least = (name, part) => Math.min(...runs[name].map((run) => run[part]));
  for (const name of Object.keys(runs)) {
    console.log(
      `${name}: ${least(name, "wall").toFixed(1)} s, ${least(name, "processor").toFixed(1)} s of processor`,
    );
  }
  for (const part of ["wall", "processor"]) {
    console.log(
      `speed against thumbnail, by ${part} time: ${(least("thumbnail", part) / least("ours", part)).toFixed(2)}`,
    );
  }
  for (const [length, seconds] of [
    ["10 s", 10],
    ["10 min", 600],
  ]) {
    const { peakMb } = await measure(process.execPath, [
      SCORE_FILM,
      makeFilm(`long-${seconds}`, "160x90", 10, seconds),
    ]);
    console.log(`peak memory, ${length} of film: ${peakMb.toFixed(0)} MB`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function makeFilm(name, size, fps, seconds) {
  const part = join(folder, `${name}-part.mp4`);
  const whole = join(folder, `${name}.mp4`);
  const source = `testsrc2=s=${size}:r=${fps}:d=${LOOP_SECONDS},noise=alls=6:allf=t`;
  const encode = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M", "-g", "60", "-pix_fmt", "yuv420p"];
  const quiet = ["-v", "error", "-nostdin", "-y"];
  execFileSync(ffmpeg.path, [...quiet, "-f", "lavfi", "-i", source, ...encode, part]);
  const loops = String(Math.ceil(seconds / LOOP_SECONDS) - 1);
  execFileSync(ffmpeg.path, [
    ...quiet,
    "-stream_loop",
    loops,
    "-i",
    part,
    "-t",
    String(seconds),
    "-c",
    "copy",
    whole,
  ]);
  return whole;
}

/** Seconds by the clock and of the processor, and the largest memory of a program and all that it starts. */
async function measure(program, args) {
  // bash counts what its children used; Node does not tell.
  const child = spawn("bash", ["-c", 'TIMEFORMAT="time %R %U %S"; time "$@"', "bash", program, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, memoryBelow(child.pid))), SAMPLE_MILLISECONDS);
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(sampler);
  const [, wall, user, system] = /time ([\d.]+) ([\d.]+) ([\d.]+)/.exec(said) ?? [];
  if (wall === undefined) throw new Error(`${program} failed: ${said}`);
  return { wall: Number(wall), processor: Number(user) + Number(system), peakMb: peak / 1024 };
}

/** Resident kB of all descendants of a process. */
function memoryBelow(root) {
  const parents = new Map();
  const sizes = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)[1]));
      sizes.set(Number(name), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }
  let sum = 0;
  for (const [child, size] of sizes) {
    let above = parents.get(child);
    while (above !== undefined && above !== root) above = parents.get(above);
    if (above === root) sum += size;
  }
  return sum;
}
