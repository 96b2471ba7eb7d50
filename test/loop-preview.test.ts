// The motion preview of deforum-art/sd-webui-deforum 32242685: instead of drawing, each frame is blended with a white outline on black, by
// what would have been drawn anew. `animate preview` shows the same move on a picture that stays as it is.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openScene } from "../src/preview/open-scene.ts";
import type { Paint } from "../src/render/frame-loop.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../src/tensor/image.ts";
import { readPngBytes } from "../src/tensor/picture-file.ts";
import { importFields, notesOf } from "./support/interchange.ts";
import { differences } from "./support/loop-stand-in.ts";
import {
  fieldsOf,
  framesOf,
  LOOP_FOLDER,
  openTraced,
  readTrace,
  settingsOf,
  standInPaint,
} from "./support/loop-traces.ts";

const trace = readTrace("motion_preview");
const goldens = await Promise.all(
  trace.frames_written.map((file) => readPngBytes(join(LOOP_FOLDER, "motion_preview", file.slice(3)))),
);

/** Deforum's outline: three pixels thick, around the middle, without its corners. */
function isOutline(i: number): boolean {
  const [x, y] = [i % 64, Math.floor(i / 64)].map((place) => Math.abs(place - 31.5)) as [number, number];
  const far = Math.max(x, y);
  return far < 12 && far > 9 && !(x > 11 && y > 11);
}

/** Share of a picture that frames keep in the trace. */
const KEPT = 0.65;

/** Nothing is drawn but the outline. */
function outline(base: Paint): Paint {
  return async (init, plan) => {
    if (init === null) return await base(init, plan);
    const data = init.data.map((value, i) => KEPT * value + (isOutline(Math.floor(i / 3)) ? 1 - KEPT : 0));
    return toFloatImage(toByteImage({ ...init, data }));
  };
}

/** Mean difference of the levels between outline and edge. @param brightness of the golden picture */
function awayFromOutline(golden: ByteImage, picture: ByteImage, brightness: number): number {
  const differencesThere = [...golden.data].flatMap((level, i) => {
    const [x, y] = [Math.floor(i / 3) % 64, Math.floor(i / 192)];
    const far = Math.max(Math.abs(x - 31.5), Math.abs(y - 31.5));
    return far > 20 && far < 26 ? [Math.abs(level / brightness - picture.data[i]!)] : [];
  });
  return differencesThere.reduce((sum, difference) => sum + difference, 0) / differencesThere.length;
}

describe("Deforum's motion preview", () => {
  it("is our loop with an outline instead of a model", async () => {
    const run = await openTraced(settingsOf(trace));
    const drawn: ByteImage[] = [];
    for await (const { image } of framesOf(run, outline(await standInPaint()))) drawn.push(image);
    expect(drawn).toHaveLength(goldens.length);
    for (const [i, golden] of goldens.entries()) {
      const { largest, mean } = differences(drawn[i]!, golden);
      expect(largest, `frame ${i}`).toBeLessThanOrEqual(4);
      expect(mean, `frame ${i}`).toBeLessThan(0.2);
    }
  });

  // Frames of the trace darken and blur from move to move, those of the preview do not.
  it("moves as animate preview does", async () => {
    const settings = settingsOf(trace);
    const { scene } = await openScene(settings, join(LOOP_FOLDER, "base.png"), LOOP_FOLDER);
    const { plan } = await openTraced(settings);
    for (const [frame, golden] of goldens.entries()) {
      if (frame > 0) scene.move(plan[frame]!.motion);
      const seen = scene.draw();
      const moved = awayFromOutline(golden, seen, KEPT ** frame);
      const still = awayFromOutline(golden, goldens[0]!, KEPT ** frame);
      expect(moved).toBeLessThan(5);
      expect(moved).toBeLessThanOrEqual(still / 8);
    }
  });

  it("is named by an import, with what stands in for it", () => {
    const { motion_preview_mode: note } = notesOf(importFields(fieldsOf(trace)), "lost");
    expect(note).toContain("animate preview");
  });
});
