/**
 * Does the embedded model draw what the prompt says? Paints pictures from a balanced table of prompts, as frame 0 of a render would be, and
 * lets a classifier name subject, setting, light and color. Exit code 1 when a share is below its bar.
 *
 *     npm run build && npm run bench:storybook -- --sheet misjudged.png --save 0.2.0
 *
 * --count 480      pictures; any number is balanced
 * --model NAME     another embedded model or model folder
 * --steps 12  --guidance 4  --sampler dpmpp_2m_karras
 * --seed 1000      of the first picture; the next have the following ones
 * --threads 0      of the processor, 0 = all
 * --sheet FILE     a PNG of the pictures that were misjudged, to look at
 * --save NAME      results to bench/results/storybook-NAME.json
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { renderImage } from "../../dist/diffusion/img2img.js";
import { findModel } from "../../dist/models/find-model.js";
import { openModel } from "../../dist/models/open-model.js";
import { runtimeVersion } from "../../dist/render/run-facts.js";
import { toByteImage } from "../../dist/tensor/image.js";
import { openClassifier } from "./classifier.mjs";
import { promptTable } from "./prompts.mjs";
import { drawSheet } from "./sheet.mjs";

/** Shares of right answers that the model has to reach. */
const BARS = { setting: 0.95, light: 0.95, subject: 0.85, color: 0.8 };

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "480" },
    model: { type: "string", default: "storybook" },
    steps: { type: "string", default: "12" },
    guidance: { type: "string", default: "4" },
    sampler: { type: "string", default: "dpmpp_2m_karras" },
    seed: { type: "string", default: "1000" },
    threads: { type: "string", default: "0" },
    sheet: { type: "string" },
    save: { type: "string" },
  },
});
const [count, steps, guidance, seed, threads] = ["count", "steps", "guidance", "seed", "threads"].map(
  numberOf,
);

const model = await openModel(await findModel(options.model, process.cwd()), { device: "cpu", threads });
const classifier = await openClassifier({ threads });
const began = performance.now();
const pictures = [];
for (const [index, row] of promptTable(count).entries()) {
  const { image } = await renderImage(model, {
    image: null,
    width: classifier.size,
    height: classifier.size,
    prompts: [{ text: row.prompt, weight: 1 }],
    negativePrompt: "",
    sampler: options.sampler,
    steps,
    strength: 0,
    guidanceScale: guidance,
    seed: seed + index,
    noiseMultiplier: 1,
    clipSkip: 0,
  });
  const bytes = toByteImage(image);
  const verdict = await classifier.judge(bytes);
  const wrong = Object.keys(row.wanted).filter((fact) => verdict[fact].name !== row.wanted[fact]);
  // Pictures are only kept for the sheet.
  const kept = options.sheet !== undefined && wrong.length > 0 ? bytes : undefined;
  pictures.push({ ...row, seed: seed + index, verdict, wrong, image: kept });
  if ((index + 1) % 24 === 0) process.stderr.write(`${index + 1} of ${count}: ${summary()}\n`);
}
const seconds = (performance.now() - began) / 1000;
await model.release();
await classifier.release();

console.log(
  `${options.model} (${model.info.hash.slice(0, 12)}), ${count} pictures, ${steps} steps, guidance ${guidance}\n`,
);
for (const [fact, bar] of Object.entries(BARS)) {
  const { share, asked } = accuracy(fact, pictures);
  console.log(
    `${share >= bar ? "pass" : "FAIL"}  ${fact.padEnd(8)} ${percent(share)} of ${asked}, bar ${percent(bar)}`,
  );
}
for (const by of ["kind", "color", "setting", "light"]) printBreakdown(by);
printConfusion("subject");
printConfusion("color");

if (options.sheet !== undefined) {
  const misjudged = pictures.filter(({ image }) => image !== undefined);
  const tiles = misjudged.map(({ image, prompt, seed: own, verdict, wrong }) => {
    const seen = wrong.map((fact) => `*${fact}: ${verdict[fact].name}, ${percent(verdict[fact].share)} sure`);
    return { image, lines: [...wrap(`${prompt} (${own})`, 30), ...seen] };
  });
  if (tiles.length > 0)
    await (
      await drawSheet(tiles, { tile: 192, columns: 8, lines: 6 })
    )
      .png({ palette: true })
      .toFile(options.sheet);
  process.stderr.write(`${tiles.length} misjudged pictures${tiles.length > 0 ? `: ${options.sheet}` : ""}\n`);
}
if (options.save !== undefined) await save(options.save);
if (Object.entries(BARS).some(([fact, bar]) => !(accuracy(fact, pictures).share >= bar)))
  process.exitCode = 1;

/** The words in lines of at most `length` characters. */
function wrap(words, length) {
  return words.match(new RegExp(`.{1,${length}}(?= |$)|\\S+`, "g")).map((line) => line.trim());
}

function numberOf(name) {
  const value = Number(options[name]);
  if (Number.isFinite(value)) return value;
  throw new RangeError(`--${name}: expected a number, found \`${options[name]}\``);
}

/** The share of right answers among the pictures whose prompt states the fact. */
function accuracy(fact, among) {
  const asked = among.filter(({ wanted }) => wanted[fact] !== undefined);
  const right = asked.filter(({ wrong }) => !wrong.includes(fact));
  return { share: right.length / asked.length, asked: asked.length };
}

function summary() {
  return Object.keys(BARS)
    .map((fact) => `${fact} ${percent(accuracy(fact, pictures).share)}`)
    .join(", ");
}

function percent(share) {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}

/** Pictures by what was asked, name → pictures: `by` is `kind` or a fact. */
function groups(by) {
  const found = new Map();
  for (const picture of pictures) {
    const name = by === "kind" ? picture.kind : picture.wanted[by];
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), picture]);
  }
  return found;
}

function printBreakdown(by) {
  console.log(
    `\n${`by ${by}`.padEnd(14)}  count  ${Object.keys(BARS)
      .map((fact) => fact.padStart(8))
      .join("")}`,
  );
  for (const [name, among] of groups(by)) {
    const cells = Object.keys(BARS).map((fact) => percent(accuracy(fact, among).share).padStart(8));
    console.log(`${name.padEnd(14)}  ${String(among.length).padStart(5)}  ${cells.join("")}`);
  }
}

/** Rows: what was asked; columns: what the classifier saw. */
function printConfusion(fact) {
  const rows = [...groups(fact)].map(([name, among]) => [
    name,
    among.map(({ verdict }) => verdict[fact].name),
  ]);
  const names = [...new Set(rows.flatMap(([name, seen]) => [name, ...seen]))];
  const width = 2 + Math.max(...names.map((name) => name.length));
  console.log(`\n${`${fact} taken for`.padEnd(18)}${names.map((name) => name.padStart(width)).join("")}`);
  for (const [name, seen] of rows) {
    const cells = names.map((other) => seen.filter((given) => given === other).length);
    console.log(name.padEnd(18) + cells.map((cell) => String(cell || "·").padStart(width)).join(""));
  }
}

async function save(name) {
  const shares = (by) =>
    Object.fromEntries(
      [...groups(by)].map(([value, among]) => {
        const facts = Object.keys(BARS).map((fact) => [fact, accuracy(fact, among).share]);
        return [value, { count: among.length, ...Object.fromEntries(facts) }];
      }),
    );
  const content = {
    machine: { processor: cpus()[0].model, cores: cpus().length },
    versions: { node: process.versions.node, onnxruntime: runtimeVersion },
    model: { name: model.info.name, hash: model.info.hash },
    request: { count, steps, guidance, sampler: options.sampler, seed },
    seconds,
    accuracy: Object.fromEntries(
      Object.entries(BARS).map(([fact, bar]) => [fact, { ...accuracy(fact, pictures), bar }]),
    ),
    by: Object.fromEntries(["kind", "color", "setting", "light"].map((by) => [by, shares(by)])),
    misjudged: pictures
      .filter(({ wrong }) => wrong.length > 0)
      .map(({ prompt, seed: own, verdict, wrong }) => ({
        prompt,
        seed: own,
        seen: Object.fromEntries(wrong.map((fact) => [fact, verdict[fact].name])),
      })),
  };
  const file = new URL(`../results/storybook-${name}.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
