/**
 * What it costs to score a frame of 320 × 180, in milliseconds of one core, part by part; other processes do not count.
 *
 *     node bench/thumbnails/scoring-speed.mjs [<dist of another version>]
 *
 * With another version both are measured in turn, and their ratio is told.
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { cutLuma, fitLuma, toLuma } from "../../dist/scoring/luma.js";
import { findPicture } from "../../dist/scoring/bars.js";
import { measureComposition } from "../../dist/scoring/composition.js";
import { measureDetail } from "../../dist/scoring/detail.js";
import { differenceHash } from "../../dist/scoring/difference-hash.js";
import { measureReadability } from "../../dist/scoring/readability.js";
import { measureSaliency } from "../../dist/scoring/saliency.js";
import { scoreFrame } from "../../dist/scoring/score.js";
import { makeSignature } from "../../dist/scoring/signature.js";
import { colorfulness, measureTone } from "../../dist/scoring/tone.js";
import { drawScene } from "./drawn.mjs";
import { photograph } from "./photographed.mjs";

/** Frames per round, and rounds of which the fastest counts: short ones, so that some fall into a quiet moment of a busy machine. */
const FRAMES = 8;
const ROUNDS = 120;

const frames = [];
for (let seed = 0; seed < 4; seed++)
  frames.push(await drawScene(seed, 320, 180), await photograph(seed, 320, 180));
const lumas = frames.map(toLuma);
const maps = frames.map((frame) => measureSaliency(frame, areaOf(frame)));

const [, , path] = process.argv;
const versions = { now: scoreFrame };
if (path !== undefined) {
  const other = await import(pathToFileURL(resolve(path, "scoring/score.js")).href).catch(
    () => import(pathToFileURL(resolve(path, "thumbnails/score.js")).href),
  );
  versions.other = other.scoreFrame;
}

const costs = compare(
  Object.fromEntries(Object.entries(versions).map(([name, score]) => [name, (n) => score(frames[n])])),
);
const parts = compare({
  luma: (n) => toLuma(frames[n]),
  bars: (n) => findPicture(lumas[n]),
  cut: (n) => cutLuma(fitLuma(lumas[n], 320), areaOf(frames[n])),
  detail: (n) => measureDetail(lumas[n]),
  tone: (n) => measureTone(lumas[n]),
  colorfulness: (n) => colorfulness(frames[n], areaOf(frames[n]), 1),
  saliency: (n) => measureSaliency(frames[n], areaOf(frames[n])),
  composition: (n) => measureComposition(maps[n]),
  readability: (n) => measureReadability(lumas[n]),
  hash: (n) => differenceHash(lumas[n]),
  signature: (n) => makeSignature(frames[n]),
});
const ratio = costs.other === undefined ? {} : { ratio: costs.now / costs.other };
process.stdout.write(`${JSON.stringify({ millisecondsPerFrame: costs, ...ratio, parts }, undefined, 2)}\n`);

function areaOf({ width, height }) {
  return { left: 0, top: 0, width, height };
}

/** Milliseconds of processor of each function per frame: the fastest round, all in turn. */
function compare(functions) {
  const fastest = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(functions)) {
      const start = process.cpuUsage();
      for (let n = 0; n < FRAMES; n++) run(n % frames.length);
      const { user, system } = process.cpuUsage(start);
      fastest[name] = Math.min(fastest[name] ?? Infinity, (user + system) / 1000 / FRAMES);
    }
  }
  return fastest;
}
