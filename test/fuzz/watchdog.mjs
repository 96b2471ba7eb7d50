/** The thread beside a fuzzing process: when one case takes too long, says which and ends the process, which cannot do so itself. */

import { copyFileSync, mkdirSync, readFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { workerData } from "node:worker_threads";

const MAX_SHOWN = 2000;

const { counter, inputFile, surface, keepFolder, limitMilliseconds } = workerData;
let seen = -1;
let since = Date.now();

setInterval(() => {
  const count = Atomics.load(counter, 0);
  if (count !== seen) {
    seen = count;
    since = Date.now();
  } else if (Date.now() - since > limitMilliseconds) stop();
}, 500);

function stop() {
  const input = readFileSync(inputFile);
  const shown = inputFile.endsWith(".json") ? input.toString() : input.toString("base64");
  let kept = inputFile;
  if (keepFolder !== undefined) {
    mkdirSync(keepFolder, { recursive: true });
    kept = join(keepFolder, `hang-${basename(inputFile)}`);
    copyFileSync(inputFile, kept);
  }
  writeSync(
    2,
    `fuzz ${surface}: case ${seen} was not over after ${limitMilliseconds / 1000} s, its input is in ${kept}: ${shown.slice(0, MAX_SHOWN)}\n`,
  );
  process.kill(process.pid, "SIGKILL");
}
