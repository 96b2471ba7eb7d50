// Frames computed with deforum-art/sd-webui-deforum 32242685, its model replaced by a stand-in; guided pictures and the motion preview have
// tests of their own.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readPngBytes } from "../src/tensor/picture-file.ts";
import { differences } from "./support/loop-stand-in.ts";
import {
  framesOf,
  LOOP_FOLDER,
  openTraced,
  pictureName,
  readTrace,
  settingsOf,
  standInPaint,
  writtenName,
} from "./support/loop-traces.ts";

/** Of 256 levels: the largest difference of one, and the largest mean of a frame. */
type Limits = readonly [largest: number, mean: number];

/** Deforum looks pictures up at 1/32 pixel: up to 4 levels per move, of which each drawing keeps 0.7. */
const MOVED: Readonly<Record<string, Limits>> = {
  "2d_c1": [4, 0.11],
  "2d_c2": [5, 0.41],
  "2d_c3": [5, 0.2],
  "3d_flat_c1": [2, 0.1],
  grayscale: [4, 0.1],
  init_image: [4, 0.1],
  mask_file: [4, 0.1],
  hybrid_normal: [4, 0.1],
  // The flows of OpenCV differ a little from ours, most at edges.
  hybrid_flow_composite: [14, 0.31],
  flow_cadence_2d: [8, 0.65],
  flow_redo: [10, 0.2],
  video_input: [0, 0],
};

/**
 * The same with color matches, which amplify: where a level of the reference is rare, one level of difference becomes twenty. Its 8-bit LAB
 * and HSV have tables of their own, half a level on average; every frame's two matches add up. Matched in their true order, channels are 15 levels away.
 */
const MATCHED: Readonly<Record<string, Limits>> = {
  color_rgb: [22, 0.5],
  color_hsv: [205, 3.8],
  color_image: [70, 2.9],
  color_lab_init: [65, 2.1],
  color_lab_legacy: [40, 1],
  "2d_full": [200, 6.4],
  "2d_c3_color": [55, 2],
  "3d_depth_c2": [90, 4.1],
};

const ALL = Object.entries({ ...MOVED, ...MATCHED }).map(([name, limits]) => ({ name, limits }));

describe("the frames of Deforum's traced loops", () => {
  it("are in 22 folders, of which 20 are compared here", () => {
    const folders = readdirSync(LOOP_FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = folders.map(({ name }) => name).filter((name) => name !== "video");
    expect(names).toHaveLength(22);
    expect(names.toSorted()).toEqual([...ALL.map(({ name }) => name), "guided", "motion_preview"].toSorted());
  });

  it.each(ALL)("are those of $name, every one of them", async ({ name, limits: [most, meanMost] }) => {
    const trace = readTrace(name);
    const run = await openTraced({ ...settingsOf(trace), last_block: "omit" });
    const written: string[] = [];
    for await (const { plan, image } of framesOf(run, await standInPaint())) {
      const file = pictureName(plan.frame);
      const { largest, mean } = differences(image, await readPngBytes(`${LOOP_FOLDER}${name}/${file}`));
      expect(largest, file).toBeLessThanOrEqual(most);
      expect(mean, file).toBeLessThanOrEqual(meanMost);
      written.push(writtenName(plan.frame));
    }
    expect(written).toEqual(trace.frames_written);
  });
});
