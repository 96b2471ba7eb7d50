/** `animate preview`: the camera move of a schedule as a video or a contact sheet, without any model. */

import { mkdir } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import type { CommandModule } from "yargs";
import { FileError, SettingsError } from "../errors.ts";
import { writeFileAtomic } from "../files.ts";
import { previewFrames, type PreviewFrame } from "../preview/preview.ts";
import { printable } from "../printable.ts";
import { planFrames } from "../schedule/plan.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import { chooseSheetFrames, encodeContactSheet } from "../thumbnails/contact-sheet.ts";
import { openVideo } from "../video/encoder.ts";
import { oneSchedule, type ScheduleFlags, loadSchedule, scheduleOptions } from "./schedule-options.ts";

interface PreviewFlags extends ScheduleFlags {
  readonly out: string | undefined;
  readonly sheet: boolean;
  readonly picture: string | undefined;
}

export const previewCommand: CommandModule<object, PreviewFlags> = {
  command: "preview [schedules..]",
  describe: "Show the camera move on a grid or a picture; no model is needed",
  builder: (argv) =>
    scheduleOptions(argv)
      .option("out", {
        type: "string",
        alias: "o",
        describe: "File to write (default: renders/<name>-preview.mp4, .jpg with --sheet)",
      })
      .option("sheet", { type: "boolean", default: false, describe: "A contact sheet instead of a video" })
      .option("picture", { type: "string", describe: "PNG, JPEG or WebP to move over (default: init.image)" })
      .example("$0 preview schedules/superman.yaml", "a few seconds instead of a night")
      .example("$0 preview a.yaml --picture castle.png --sheet", "on a picture, as one page"),
  handler: preview,
};

async function preview(flags: PreviewFlags): Promise<void> {
  const file = oneSchedule(flags, "preview");
  const { settings } = await loadSchedule(file, flags);
  const plan = planFrames(drawSeed(settings));
  const out = resolve(flags.out ?? `renders/${settings.name}-preview.${flags.sheet ? "jpg" : "mp4"}`);
  checkExtension(out, flags.sheet);
  const picture = flags.picture === undefined ? null : resolve(flags.picture);
  // Loads ONNX Runtime, which no other command needs in this process.
  const { openScene } = await import("../preview/open-scene.ts");
  const { scene, description } = await openScene(settings, picture, dirname(resolve(file)));
  await makeFolder(dirname(out));

  const began = performance.now();
  const frames = previewFrames(plan, scene, settings.size);
  if (flags.sheet) await writeSheet(out, frames, chooseSheetFrames(plan.length, []));
  else await writeVideo(out, frames, { ...settings.size, fps: settings.fps });
  const seconds = (performance.now() - began) / 1000;

  const pace = `${(plan.length / seconds).toFixed(0)} frames per second`;
  const count = plan.length === 1 ? "1 frame" : `${plan.length} frames`;
  console.log(printable(`${settings.name}: ${count}, ${settings.mode}, over ${description}; ${pace}`));
  console.log(printable(`  ${flags.sheet ? "sheet" : "video"}       ${out}`));
}

async function writeVideo(
  path: string,
  frames: AsyncIterable<PreviewFrame>,
  size: { width: number; height: number; fps: number },
): Promise<void> {
  const video = await openVideo({ ...size, path, format: "mp4", crf: 20, preset: "veryfast", threads: 2 });
  try {
    // While ffmpeg takes one frame, the next one is drawn.
    let taken: Promise<void> = Promise.resolve();
    for await (const { image } of frames) {
      await taken;
      taken = video.write(image);
      // Thrown by the next wait; until then it must not count as unhandled.
      taken.catch(() => {});
    }
    await taken;
    await video.finish();
  } catch (error) {
    await video.abort();
    throw error;
  }
}

async function writeSheet(
  path: string,
  frames: AsyncIterable<PreviewFrame>,
  shown: readonly number[],
): Promise<void> {
  const tiles = [];
  for await (const { plan, image } of frames) {
    if (!shown.includes(plan.frame)) continue;
    const read = () => Promise.resolve(image);
    tiles.push({ frame: plan.frame, timeSeconds: plan.timeSeconds, read, merit: null });
  }
  await writeFileAtomic(path, await encodeContactSheet(tiles));
}

function checkExtension(out: string, sheet: boolean): void {
  const expected = sheet ? [".jpg", ".jpeg"] : [".mp4"];
  if (expected.includes(extname(out).toLowerCase())) return;
  const message = `expected a file ending in ${expected[0]}, found ${out}`;
  const hint = sheet
    ? "a contact sheet is a JPEG"
    : "a preview is an mp4; with --sheet it is a contact sheet, a .jpg";
  throw new SettingsError([{ location: "--out", path: "", message, hint }]);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new FileError("the folder cannot be made", {
      where: folder,
      hint: "name another one with --out",
      cause,
    });
  }
}
