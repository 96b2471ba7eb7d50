import { describe, expect, it } from "vitest";
import { planFrames } from "../schedule/plan.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { loadSettings } from "../settings/load.ts";
import { toByteImage, toFloatImage } from "../tensor/image.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { chainHashes } from "./chain.ts";
import { feedbackOptions } from "./feedback-options.ts";
import { INITIAL_STATE, type Paint, renderFrames } from "./frame-loop.ts";
import { openMaskPictures } from "./mask-pictures.ts";
import { type NoiseMask, noiseMaskOf } from "./noise-mask.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/masks/", import.meta.url).pathname;
const SIZE = { width: 96, height: 64 };

function settingsOf(changes: object) {
  const own = { prompts: "x", size: "96x64", seed: 1, frames: 4, mode: "2d", ...changes };
  return loadSettings({ file: "a.yaml", text: JSON.stringify(own) }).settings;
}

async function open(changes: object): Promise<{ input: NoiseMask | null; plan: FramePlan[] }> {
  const settings = settingsOf(changes);
  const pictures = await openMaskPictures(settings, FIXTURES, "/");
  return { input: noiseMaskOf(settings, pictures), plan: planFrames(settings) };
}

/** Grays of a picture, one per pixel, 0–1. */
async function grays(file: string): Promise<number[]> {
  const { data } = await readPicture(FIXTURES + file, SIZE);
  return Array.from({ length: data.length / 3 }, (_, i) => data[3 * i]! / 255);
}

const noWords = () => expect.unreachable("no words");

async function maskOf(changes: object, frame = 1): Promise<number[]> {
  const { input, plan } = await open(changes);
  return [...(await input!.maskAt(plan[frame]!, noWords))];
}

const isWhite = (value: number): number => Math.round(value);

describe("the mask of the noise", () => {
  it("is put together as its schedule says, from each key on, apart from the mask of the model", async () => {
    const mask = { file: "disc.png", schedule: "[top.png]" };
    const noise = { mask: { 0: "[left.png] & [top.png]", 2: "{video_mask}" } };
    const [both, disc] = [await grays("expr_03.png"), await grays("disc.png")];
    expect((await maskOf({ mask, noise }, 1)).map(isWhite)).toEqual(both.map(isWhite));
    expect((await maskOf({ mask, noise }, 2)).map(isWhite)).toEqual(disc.map(isWhite));
  });

  it("is turned round by mask.invert and adjusted like every mask, but not blurred", async () => {
    const noise = { mask: "[ramp.png]" };
    const [ramp, bright] = [await grays("ramp.png"), await grays("ramp_b1.5_c1.png")];
    const found = await maskOf({ noise, mask: { blur: 9 } });
    for (const [i, white] of found.entries()) expect(white).toBeCloseTo(ramp[i]!, 6);
    const turned = await maskOf({ noise, mask: { invert: true, brightness: 1.5 } });
    for (const [i, white] of turned.entries()) expect(white).toBeCloseTo(1 - bright[i]!, 6);
  });

  it("is none where nothing asks for one, and where frames are drawn singly", async () => {
    expect((await open({})).input).toBeNull();
    const noise = { mask: "[nothing-there.png]" };
    expect((await open({ noise, mode: "interpolation" })).input).toBeNull();
  });

  it("is the model's with deforum_exact and a start picture that stands still, as in Deforum", async () => {
    const mask = { file: "left.png", invert: true, schedule: { 0: "{video_mask}", 2: "[top.png]" } };
    const exact = { deforum_exact: true, mask: { ...mask, outside: "start" } };
    const [left, top] = [await grays("left.png"), await grays("top.png")];
    expect(await maskOf(exact, 1)).toEqual(left.map((white) => 1 - isWhite(white)));
    expect(await maskOf(exact, 2)).toEqual(top.map((white) => 1 - isWhite(white)));
    expect(
      (await maskOf({ ...exact, noise: { mask: "{everywhere}" } }, 1)).every((white) => white === 0),
    ).toBe(true);
    expect((await open({ ...exact, deforum_exact: false })).input).toBeNull();
    expect((await open({ deforum_exact: true, mask })).input).toBeNull();
  });

  it("counts in the hash with its files and with what changes all masks", async () => {
    const { input, plan } = await open({ noise: { mask: { 0: "[left.png]", 2: "{everywhere}" } } });
    expect(await input!.hashAt(plan[1]!)).toMatch(/^[0-9a-f]{64}$/);
    expect(await input!.hashAt(plan[2]!)).toBe("");
    expect(input!.facts).toEqual({ invert: false });
    const { input: adjusted } = await open({ noise: { mask: "[left.png]" }, mask: { contrast: 2 } });
    expect(adjusted!.facts).toEqual({ invert: false, contrast: 2 });
  });

  it("leaves the plans and hashes of runs without one as they were", async () => {
    const [plain, masked] = [
      planFrames(settingsOf({})),
      planFrames(settingsOf({ noise: { mask: "[a.png]" } })),
    ];
    expect(plain[0]!.noise).not.toHaveProperty("mask");
    expect(chainHashes({}, masked)[0]).not.toBe(chainHashes({}, plain)[0]);
    const other = planFrames(settingsOf({ noise: { mask: { 0: "[a.png]", 2: "[b.png]" } } }));
    expect(chainHashes({}, other)[1]).toBe(chainHashes({}, masked)[1]);
    expect(chainHashes({}, other)[2]).not.toBe(chainHashes({}, masked)[2]);
  });

  it.each([
    [{ noise: { mask: "{video_mask}" } }, "expected mask.file for {video_mask}, found none"],
    [{ noise: { mask: { 0: "[a.png]", 2: "<cat>" } } }, "expected a network that finds `<cat>`, found none"],
    [{ noise: { mask: "[a.png" } }, "expected a mask or an operator"],
  ])("is refused with its place: %j", (changes, message) => {
    expect(() => settingsOf(changes)).toThrow(message);
    expect(() => settingsOf(changes)).toThrow(/a\.yaml:1:\d+ noise\.mask/);
  });

  it("whose picture is not there is refused by the name of the setting", async () => {
    await expect(open({ noise: { mask: "[nothing.png]" } })).rejects.toMatchObject({
      where: expect.stringMatching(/noise\.mask .*nothing\.png$/) as string,
    });
  });
});

/** A picture of even gray, as the model would draw it. */
const flat = { ...SIZE, data: new Float32Array(3 * SIZE.width * SIZE.height).fill(0.25) };

/** What the model is shown at frame 1 of a still camera. */
async function shown(changes: object): Promise<Uint8Array> {
  const settings = settingsOf({
    motion: { zoom: 1 },
    feedback: { color_match: "none", sharpen: { amount: 0 } },
    ...changes,
  });
  const input = noiseMaskOf(settings, await openMaskPictures(settings, FIXTURES, "/"));
  let seen: Uint8Array | undefined;
  const paint: Paint = async (init, { frame }) => {
    if (frame === 1 && init) seen = toByteImage(init).data;
    return flat;
  };
  const frames = renderFrames(planFrames(settings), INITIAL_STATE, paint, {
    feedback: feedbackOptions(settings),
    cadence: 1,
    initImage: null,
    colors: { mode: "first" },
    noiseMaskAt: input ? (plan) => input.maskAt(plan, noWords) : undefined,
    signal: new AbortController().signal,
  });
  for await (const { plan } of frames) if (plan.frame === 1) break;
  return seen!;
}

describe("noise under a mask", () => {
  it.each(["uniform", "perlin"])(
    "of type %s falls where the mask is white and nowhere else",
    async (type) => {
      const noise = { amount: 0.3, type };
      const [everywhere, masked] = [
        await shown({ noise }),
        await shown({ noise: { ...noise, mask: "[left.png]" } }),
      ];
      const white = await grays("left.png");
      const level = toByteImage(flat).data[0]!;
      for (const [i, value] of masked.entries()) {
        expect(value).toBe(white[Math.floor(i / 3)]! > 0.5 ? everywhere[i] : level);
      }
      expect(masked.some((value) => value !== level)).toBe(true);
    },
  );

  it("falls to a part where the mask is gray", async () => {
    const half = { amount: 0.3, type: "uniform", mask: "{everywhere}" };
    const full = await shown({ noise: half });
    const gray = toFloatImage(await readPicture(`${FIXTURES}ramp.png`, SIZE)).data;
    const masked = await shown({ noise: { ...half, mask: "[ramp.png]" } });
    const level = 0.25 * 255;
    for (const [i, value] of masked.entries()) {
      expect(Math.abs(value - level - (full[i]! - level) * gray[i]!)).toBeLessThan(1.1);
    }
  });

  it("with deforum_exact is all or nothing, and grays what is outside, as Deforum does", async () => {
    const noise = { amount: 0.3, type: "uniform", mask: "[left.png]" };
    const masked = await shown({ noise, deforum_exact: true });
    const white = await grays("left.png");
    const level = toByteImage(flat).data[0]!;
    const grayed = Math.round(level * 0.7 + 127 * 0.3);
    for (const [i, value] of masked.entries()) {
      if (white[Math.floor(i / 3)]! <= 0.5) expect(value).toBe(grayed);
    }
    expect(new Set(masked).size).toBeGreaterThan(20);
  });
});
