import { describe, expect, it } from "vitest";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "../schedule/plan.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { type MaskInput, maskInput } from "./mask-input.ts";
import { openMaskPictures } from "./mask-pictures.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/masks/", import.meta.url).pathname;

async function open(mask: string): Promise<{ input: MaskInput | null; plan: FramePlan[] }> {
  const text = `prompts: x\nsize: 96x64\nseed: 1\nframes: 4\nmask: ${mask}`;
  const { settings } = loadSettings({ file: "a.yaml", text });
  const pictures = await openMaskPictures(settings, FIXTURES, "/");
  return { input: maskInput(settings, pictures), plan: planFrames(settings) };
}

async function whites(file: string): Promise<number[]> {
  const { data } = await readPicture(FIXTURES + file, { width: 96, height: 64 });
  return Array.from({ length: 96 * 64 }, (_, i) => (data[3 * i]! >= 128 ? 1 : 0));
}

const noWords = () => expect.unreachable("no words");

async function maskOf(input: MaskInput, frame: FramePlan): Promise<number[]> {
  return Array.from((await input.maskAt(frame, noWords)).data, (value) => Math.round(value));
}

describe("the mask of a run", () => {
  it("is put together as its schedule says, from each key on", async () => {
    const schedule = '{ 0: "[left.png] & [top.png]", 2: "{video_mask}" }';
    const { input, plan } = await open(`{ file: disc.png, blur: 0, schedule: ${schedule} }`);
    const [both, disc] = [await whites("expr_03.png"), await whites("disc.png")];
    expect(await maskOf(input!, plan[0]!)).toEqual(both);
    expect(await maskOf(input!, plan[1]!)).toEqual(both);
    expect(await maskOf(input!, plan[2]!)).toEqual(disc);
  });

  it("needs no file of its own", async () => {
    const { input, plan } = await open('{ blur: 0, schedule: "![left.png]" }');
    expect(await maskOf(input!, plan[3]!)).toEqual(await whites("expr_12.png"));
  });

  it("may be inverted as a whole", async () => {
    const { input, plan } = await open('{ blur: 0, invert: true, schedule: "[left.png]" }');
    expect(await maskOf(input!, plan[0]!)).toEqual(await whites("expr_12.png"));
  });

  it("counts in the hash with the files that the frame looks at", async () => {
    const { input, plan } = await open('{ schedule: { 0: "[left.png]", 2: "[left.png] | [top.png]" } }');
    const hashes = await Promise.all(plan.map((frame) => input!.hashAt(frame)));
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
    const plain = await open("{ file: left.png }");
    expect(await plain.input!.hashAt(plain.plan[0]!)).toBe(hashes[0]);
    expect(plain.plan[0]).not.toHaveProperty("mask");
  });

  it("counts with brightness and contrast where they are set", async () => {
    const plain = { invert: false, blur: 4, fill: "original", only_masked: false };
    expect((await open("{ file: left.png }")).input!.facts).toEqual(plain);
    const { input } = await open("{ file: left.png, brightness: 1.5, contrast: 0.5 }");
    expect(input!.facts).toEqual({ ...plain, brightness: 1.5, contrast: 0.5 });
  });

  it("is none without file and schedule", async () => expect((await open("{}")).input).toBeNull());

  it.each([
    ['{ schedule: "{video_mask}" }', "a.yaml:5:", "expected mask.file for {video_mask}, found none"],
    ['{ schedule: "[left.png" }', "a.yaml:5:", "expected a mask or an operator"],
    [
      '{ schedule: { 0: "[left.png]", 2: "<cat>" } }',
      "a.yaml:5:",
      "expected a network that finds `<cat>`, found none",
    ],
  ])("of %s is refused with its place", async (mask, place, message) => {
    await expect(open(mask)).rejects.toThrow(message);
    await expect(open(mask)).rejects.toThrow(place);
  });

  it("whose picture is not there is refused with the place of its schedule", async () => {
    await expect(open('{ schedule: "[nothing.png]" }')).rejects.toMatchObject({
      where: expect.stringMatching(/mask\.schedule .*nothing\.png$/) as string,
    });
  });
});
