/**
 * Are copies of pictures told from pictures that are merely alike? Paints several seeds of each prompt with the embedded model, alters copies in
 * fourteen ways, and compares both with all pictures. Prints the share of copies found and of other pictures taken for copies at several thresholds,
 * and the area under the curve. Exit code 1 below the bars.
 *
 *     npm run build && node bench/thumbnails/copies.mjs
 *
 * --pictures DIR   where painted pictures are kept (default: training/state/copies)
 * --prompts 32  --seeds 8
 * --every 3        every third picture is copied in every way
 * --many 10000     how long one picture takes against this many references; 0 leaves it out
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { COPY_SHARE, findNearest } from "../../dist/memorization/find-copies.js";
import { printPicture } from "../../dist/memorization/picture-print.js";
import { preparePrint } from "../../dist/memorization/prepared-print.js";
import { alter, ALTERATIONS } from "./alter-picture.mjs";
import { areaUnderCurve } from "./area-under-curve.mjs";
import { paintSamePrompts } from "./paint-same-prompts.mjs";

/** Copies found at least, other pictures of the same prompt taken for copies at most, area under the curve at least. */
const BARS = { found: 0.95, mistaken: 0.01, area: 0.98 };

const { values: options } = parseArgs({
  options: {
    pictures: { type: "string", default: join("training", "state", "copies") },
    prompts: { type: "string", default: "32" },
    seeds: { type: "string", default: "8" },
    every: { type: "string", default: "3" },
    many: { type: "string", default: "10000" },
  },
});
const [prompts, seeds, every, many] = ["prompts", "seeds", "every", "many"].map((name) =>
  Number(options[name]),
);

const groups = await paintSamePrompts(options.pictures, { prompts, seeds });
const references = [];
for (const file of groups.flat())
  references.push({ file, print: preparePrint(printPicture(await read(file))) });

// Each picture without itself: the nearest of the others is mistaken for its original or not.
const others = [];
for (const [index, { file }] of references.entries()) {
  const rest = references.filter((_, other) => other !== index);
  const nearest = findNearest(await read(file), rest);
  others.push({ file, reference: nearest.reference, share: nearest.sharedDetail });
}
process.stderr.write(`${others.length} pictures compared with the others\n`);

const copies = [];
for (const name of Object.keys(ALTERATIONS)) {
  for (const { file } of references.filter((_, index) => index % every === 0)) {
    const nearest = findNearest(await read(await alter(name, file)), references);
    // The wrong original is no find.
    copies.push({ name, share: nearest?.reference === file ? nearest.sharedDetail : 0 });
  }
  process.stderr.write(`${name}: compared\n`);
}

console.log(
  `${references.length} pictures of ${prompts} prompts; ${copies.length} copies in ${Object.keys(ALTERATIONS).length} ways\n`,
);
console.log("threshold  copies found  other pictures mistaken");
for (const threshold of [0.2, 0.25, 0.3, COPY_SHARE, 0.4, 0.5]) {
  const mark = threshold === COPY_SHARE ? "  <- used" : "";
  console.log(
    `${percent(threshold)}       ${percent(above(copies, threshold))}        ${percent(above(others, threshold))}${mark}`,
  );
}
const area = areaUnderCurve(
  copies.map(({ share }) => share),
  others.map(({ share }) => share),
);
console.log(`\narea under the curve ${area.toFixed(4)}\n`);
for (const name of Object.keys(ALTERATIONS)) {
  const shares = copies.filter((copy) => copy.name === name);
  const sorted = shares.map(({ share }) => share).toSorted((a, b) => a - b);
  console.log(
    `${percent(above(shares, COPY_SHARE))} found  ${name} (shared detail: least ${percent(sorted[0])}, median ${percent(sorted[sorted.length >> 1])})`,
  );
}
const worst = others.toSorted((a, b) => b.share - a.share).slice(0, 5);
console.log("\nmost alike of different pictures");
for (const { file, reference, share } of worst) console.log(`${percent(share)}  ${file}  ${reference}`);
if (many > 0) await timeMany(many);

const passes =
  area >= BARS.area && above(copies, COPY_SHARE) >= BARS.found && above(others, COPY_SHARE) <= BARS.mistaken;
process.exitCode = passes ? 0 : 1;

async function read(input) {
  const { data, info } = await sharp(input)
    .removeAlpha()
    .toColorspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

function above(list, threshold) {
  return list.filter(({ share }) => share >= threshold).length / list.length;
}

async function timeMany(count) {
  const list = Array.from({ length: count }, (_, index) => references[index % references.length]);
  const picture = await read(references[0].file);
  findNearest(picture, list.slice(0, 500));
  const began = process.cpuUsage();
  findNearest(picture, list);
  const { user, system } = process.cpuUsage(began);
  console.log(
    `\none picture against ${count} references: ${((user + system) / 1e6).toFixed(2)} s of one processor`,
  );
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`.padStart(7);
}
