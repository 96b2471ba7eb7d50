/**
 * Does the embedded model hold its subject and its colors? Renders 300 frames of feedback (feedback.yaml) for one subject, lets the
 * classifier name the subject of each, and watches colors, contrast and sharpness. Exit code 1 when the subject is named in less than 70 %
 * of the frames, or a number leaves its limits.
 *
 *     npm run build && npm run bench:feedback -- --subject dragon
 *     npm run build && npm run bench:feedback -- --sheet docs/storybook-feedback.png
 *
 * --subject hero      hero (default), dragon, rocket, balloon, castle, bird
 * --model NAME        another embedded model or model folder
 * --set PATH=VALUE    another setting, as often as needed: --set strength=0.55
 * --threads 0         of the processor, 0 = all
 * --out FOLDER        run folder; default renders/feedback-SUBJECT. Finished frames are kept and taken over, as in any render
 * --sheet FILE        contact sheet and plot as a PNG; default drift.png in the run folder
 * --save NAME         results to bench/results/feedback-NAME.json
 */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { frameFile } from "../../dist/frame-file.js";
import { readPngBytes } from "../../dist/tensor/picture-file.js";
import { openClassifier } from "./classifier.mjs";
import { drawDrift, driftLimits, measureFrame } from "./drift.mjs";
import { renderSchedule } from "./render-schedule.mjs";
import { drawSheet } from "./sheet.mjs";

/** The share of frames in which the classifier names the subject. */
const BAR = 0.7;
const SCHEDULE = fileURLToPath(new URL("feedback.yaml", import.meta.url));
/** What the classifier shall see, and the prompt. */
const SUBJECTS = {
  hero: ["superhero", "a superhero with a red cape flies over mountains under a clear blue sky"],
  dragon: ["dragon", "a green dragon flies over green hills on a sunny day"],
  rocket: ["rocket", "a red rocket flies in space"],
  balloon: ["balloon", "a red hot air balloon floats over the sea at sunset"],
  castle: ["castle", "a castle with blue roofs stands on green hills by day"],
  bird: ["bird", "a white bird flies over a city at night"],
};
const SHEET_FRAMES = 24;

const { values: options } = parseArgs({
  options: {
    subject: { type: "string", default: "hero" },
    model: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
    threads: { type: "string", default: "0" },
    out: { type: "string" },
    sheet: { type: "string" },
    save: { type: "string" },
  },
});
const variant = SUBJECTS[options.subject];
if (variant === undefined) {
  throw new RangeError(
    `--subject: expected one of ${Object.keys(SUBJECTS).join(", ")}, found \`${options.subject}\``,
  );
}
const [wanted, prompt] = variant;

const folder = resolve(options.out ?? `renders/feedback-${options.subject}`);
// A name stays a name; a path is one from here, not from the schedule's folder.
const model = options.model?.includes("/") ? resolve(options.model) : options.model;
const flags = [
  `prompts=${prompt}`,
  `threads=${options.threads}`,
  ...(model ? [`model=${model}`] : []),
  ...options.set,
];
const settings = await renderSchedule(SCHEDULE, folder, flags, options.subject);

const classifier = await openClassifier({ threads: Number(options.threads) });
const frames = [];
for (let frame = 0; frame < settings.frames; frame++) {
  const image = await readPngBytes(join(folder, frameFile(frame)));
  frames.push({ ...measureFrame(image), seen: await classifier.judge(image) });
}
await classifier.release();

const named = frames.map(({ seen }) => seen.subject.name === wanted);
const share = named.filter(Boolean).length / named.length;
const limits = driftLimits(frames);
console.log(`${options.subject}: ${prompt}`);
console.log(
  `${share >= BAR ? "pass" : "FAIL"}  ${wanted} named in ${(100 * share).toFixed(1)} % of ${frames.length} frames, bar ${100 * BAR} %; seen ${tally()}`,
);
const drift = Object.entries(limits).map(([name, [low, high]]) => {
  const values = frames.map((frame) => frame[name]);
  const outside = values.filter((value) => value < low || value > high).length;
  const range = [Math.min(...values), Math.max(...values)];
  return { name, low, high, range, last: values.at(-1), outside };
});
for (const { name, low, high, range, last, outside } of drift) {
  const numbers = `${range.map(short).join(" to ")}, last ${short(last)}; limits ${short(low)} to ${short(high)}`;
  console.log(`${outside === 0 ? "pass" : "FAIL"}  ${name.padEnd(10)} ${numbers}; ${outside} frames outside`);
}

const sheet = options.sheet ?? join(folder, "drift.png");
await writeFile(sheet, await drawResult());
console.log(sheet);
if (options.save !== undefined) {
  const content = { subject: options.subject, prompt, settings: flags, share, seen: tally(), drift };
  const file = new URL(`../results/feedback-${options.save}.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`);
}
if (share < BAR || drift.some(({ outside }) => outside > 0)) process.exitCode = 1;

/** What the classifier saw, most often first: `superhero 280, bird 20`. */
function tally() {
  const counts = new Map();
  for (const { seen } of frames) counts.set(seen.subject.name, (counts.get(seen.subject.name) ?? 0) + 1);
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${name} ${count}`).join(", ");
}

function short(value) {
  return value.toFixed(3);
}

/** Evenly spaced frames, and the plot below them, in a palette that keeps the file small. */
async function drawResult() {
  const count = Math.min(SHEET_FRAMES, frames.length);
  const shown = Array.from({ length: count }, (_, i) =>
    Math.round((i * (frames.length - 1)) / Math.max(1, count - 1)),
  );
  const tiles = shown.map(async (frame) => {
    const { name, share: sure } = frames[frame].seen.subject;
    const line = `${named[frame] ? "" : "*"}${frame} ${name} ${sure.toFixed(2)}`;
    return { image: await readPngBytes(join(folder, frameFile(frame))), lines: [line] };
  });
  const top = await (
    await drawSheet(await Promise.all(tiles), { columns: 8, tile: 116, lines: 1 })
  ).toBuffer();
  const { width, height } = await sharp(top).metadata();
  const plot = await sharp(Buffer.from(drawDrift(frames, limits, named, width)))
    .png()
    .toBuffer();
  const { height: plotHeight } = await sharp(plot).metadata();
  return await sharp({ create: { width, height: height + plotHeight, channels: 3, background: "#15161b" } })
    .composite([
      { input: top, left: 0, top: 0 },
      { input: plot, left: 0, top: height },
    ])
    .png({ palette: true, quality: 90, effort: 8 })
    .toBuffer();
}
