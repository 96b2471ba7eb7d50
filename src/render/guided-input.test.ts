// Frames computed with deforum-art/sd-webui-deforum 32242685, its model replaced by the stand-in.
import { describe, expect, it } from "vitest";
import { differences, planGolden, standIn } from "../../test/support/loop-stand-in.ts";
import { settingsSchema } from "../settings/schema.ts";
import { type RgbImage, toByteImage, toFloatImage } from "../tensor/image.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { INITIAL_STATE, type Paint, type RenderedFrame, renderFrames } from "./frame-loop.ts";
import { guidePaint, openGuidedInput } from "./guided-input.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/loop/", import.meta.url).pathname;
const base = await readPngBytes(`${FIXTURES}base.png`);
const GUIDED = { images: { 0: "init.png", 4: "color_reference.png" }, tweening_frames: 3 };

function open(guided: object, changes: object = {}) {
  const settings = settingsSchema.parse({
    prompts: "x",
    size: "64x64",
    frames: 8,
    seed: 1,
    guided,
    ...changes,
  });
  return openGuidedInput(settings, FIXTURES);
}

async function collect(frames: AsyncIterable<RenderedFrame>): Promise<RenderedFrame[]> {
  const all: RenderedFrame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

const uncorrected = (painted: RgbImage): RgbImage => painted;

describe("guided images", () => {
  // The stand-in replaces what would correct colors, too. Deforum samples 2D at 1/32 pixel: up to 4 levels per warp.
  it("lead the frames as in Deforum", async () => {
    const input = (await open(GUIDED, { deforum_exact: true }))!;
    const plan = planGolden(8, { guided: GUIDED });
    const rendered = await collect(
      renderFrames(plan, INITIAL_STATE, guidePaint(standIn(base), input, uncorrected), {
        feedback: { mode: "2d", colorMatch: "none", deforumExact: true },
        cadence: 1,
        initImage: input.first,
        colors: { mode: "first" },
        signal: new AbortController().signal,
      }),
    );
    expect(rendered).toHaveLength(8);
    for (const { plan: planned, image } of rendered) {
      const file = `guided/${String(planned.frame).padStart(9, "0")}.png`;
      const { largest, mean } = differences(image, await readPngBytes(FIXTURES + file));
      expect(largest, file).toBeLessThanOrEqual(5);
      expect(mean, file).toBeLessThanOrEqual(0.2);
    }
  });

  it("mix the picture in and hand over the colors to follow", async () => {
    const input = (await open(GUIDED))!;
    const frame = planGolden(8, { guided: { ...GUIDED, color_correction: 0.5 } })[5]!;
    const black: RgbImage = { width: 64, height: 64, data: new Float32Array(3 * 64 * 64) };
    const picture = toFloatImage(await readPngBytes(`${FIXTURES}color_reference.png`));
    const seen: RgbImage[] = [];
    const paint: Paint = async (init) => {
      seen.push(init!);
      return init!;
    };
    await guidePaint(paint, input, (painted, target) => {
      seen.push(target);
      return painted;
    })(black, frame);
    const [drawnOver, target] = seen;
    expect(frame.guided!.blend).not.toBe(0.5);
    expect(drawnOver!.data[300]).toBeCloseTo(picture.data[300]! * frame.guided!.blend, 6);
    expect(target!.data[300]).toBeCloseTo(picture.data[300]! * 0.5, 6);
  });

  it("leave frame 0 and pictures from nothing alone", async () => {
    const input = (await open(GUIDED))!;
    const [first, second] = planGolden(2, { guided: GUIDED });
    const asked: (RgbImage | null)[] = [];
    const paint: Paint = async (init) => {
      asked.push(init);
      return toFloatImage(base);
    };
    const start = toFloatImage(base);
    await guidePaint(paint, input)(start, first!);
    await guidePaint(paint, input)(null, second!);
    expect(asked).toEqual([start, null]);
  });

  it("count in the hash of the frames that they lead", async () => {
    const input = (await open(GUIDED))!;
    const plan = planGolden(8, { guided: GUIDED, cadence: 2 });
    const hashes = await Promise.all(plan.map((frame) => input.hashAt(frame)));
    expect(hashes[1]).toBeNull();
    expect(hashes[0]).toBe(hashes[2]);
    expect(hashes[4]).not.toBe(hashes[2]);
    expect(toByteImage(input.pictureAt(plan[6]!)).data).toEqual(
      (await readPngBytes(`${FIXTURES}color_reference.png`)).data,
    );
  });

  it("begin with the last one that leads, and leave the last frame alone, in a render backward", async () => {
    const backward = { reverse: true };
    const input = (await open(GUIDED, backward))!;
    expect(input.first.data).toEqual((await readPngBytes(`${FIXTURES}color_reference.png`)).data);
    const plan = planGolden(8, { guided: GUIDED, ...backward });
    const asked: (RgbImage | null)[] = [];
    const paint: Paint = async (init) => {
      asked.push(init);
      return toFloatImage(base);
    };
    const start = toFloatImage(base);
    await guidePaint(paint, input)(start, plan[7]!);
    await guidePaint(paint, input)(start, plan[0]!);
    expect(asked[0]).toBe(start);
    expect(asked[1]).not.toBe(start);
  });

  it("are none when none are named, and refused with their place when they are not there", async () => {
    expect(await open({})).toBeNull();
    await expect(open({ images: { 3: "nothing.png" } })).rejects.toMatchObject({
      where: expect.stringMatching(/^guided\.images\.3: .*nothing\.png$/) as string,
    });
  });
});
