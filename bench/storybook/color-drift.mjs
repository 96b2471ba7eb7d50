/**
 * Do colors drift over 500 frames of feedback? Renders color-drift.yaml with each way of matching colors, and watches the mean and the
 * deviation of red, green and blue.
 *
 *     npm run build && node bench/storybook/color-drift.mjs --plot docs/guides/colors-drift.svg
 *
 * --threads 0         of the processor, 0 = all
 * --out FOLDER        run folders; default renders/color-drift. Finished frames are kept and taken over, as in any render
 * --plot FILE         the curves as an SVG
 * --sheet FILE        a row of frames of each way, as a JPEG
 * --save NAME         results to bench/results/NAME.json; default color-drift
 */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { frameFile } from "../../dist/frame-file.js";
import { readPngBytes } from "../../dist/tensor/picture-file.js";
import { describeDrift, drawColors, measureColors } from "./color-curves.mjs";
import { renderSchedule } from "./render-schedule.mjs";
import { drawSheet } from "./sheet.mjs";

const SCHEDULE = fileURLToPath(new URL("color-drift.yaml", import.meta.url));
/** The ways of matching, and the settings that make them. */
const WAYS = {
  none: { title: "no match", flags: ["feedback.color_match=none"] },
  deforum: {
    title: "Deforum: LAB, to the first picture",
    flags: ["deforum_exact=true", "feedback.color_match=lab", "feedback.color_reference=first"],
  },
  default: { title: "the default", flags: [] },
};
/** Frames of a scene that is there: its reference is taken, and the one before it has left the picture. */
const SCENES = { day: [20, 250], night: [290, 500] };
/** Frames at which the prompt changes. */
const CHANGES = [250];
const SHEET_FRAMES = [0, 20, 80, 160, 249, 270, 330, 410, 499];

const { values: options } = parseArgs({
  options: {
    threads: { type: "string", default: "0" },
    out: { type: "string", default: "renders/color-drift" },
    plot: { type: "string" },
    sheet: { type: "string" },
    save: { type: "string", default: "color-drift" },
  },
});

const results = {};
const rows = [];
for (const [way, { title, flags }] of Object.entries(WAYS)) {
  const folder = join(resolve(options.out), way);
  const settings = await renderSchedule(SCHEDULE, folder, [`threads=${options.threads}`, ...flags], way);
  const frames = [];
  for (let frame = 0; frame < settings.frames; frame++) {
    const image = await readPngBytes(join(folder, frameFile(frame)));
    frames.push(measureColors(image));
    if (SHEET_FRAMES.includes(frame)) rows.push({ image, lines: [`${way} ${frame}`] });
  }
  results[way] = { title, flags, drift: describeDrift(frames, SCENES), frames };
  for (const [scene, drift] of Object.entries(results[way].drift)) {
    console.log(
      `${way.padEnd(8)} ${scene.padEnd(6)} ${Object.entries(drift)
        .map(([name, value]) => `${name} ${value.toFixed(3)}`)
        .join("  ")}`,
    );
  }
}

const file = new URL(`../results/${options.save}.json`, import.meta.url);
await writeFile(
  file,
  `${JSON.stringify({ schedule: "bench/storybook/color-drift.yaml", scenes: SCENES, ways: results })}\n`,
);
if (options.plot) await writeFile(options.plot, drawColors(Object.values(results), CHANGES));
if (options.sheet) {
  const sheet = await drawSheet(rows, { columns: SHEET_FRAMES.length, tile: 116, lines: 1 });
  await sheet.jpeg({ quality: 88 }).toFile(options.sheet);
}
