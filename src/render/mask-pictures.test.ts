// Masks prepared with deforum-art/sd-webui-deforum 32242685 and Pillow 9.5.0.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { encodePng, readPicture } from "../tensor/picture-file.ts";
import { maskInput } from "./mask-input.ts";
import { openMaskPictures } from "./mask-pictures.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/masks/", import.meta.url).pathname;

interface Prepared {
  readonly first_factor_used_as_brightness: number;
  readonly second_factor_used_as_contrast: number;
  readonly output: string;
}

interface Blank {
  readonly flat_value: number;
  readonly invert_mask: boolean;
  readonly kept: boolean;
}

const { prepare, blank_check: blanks }: { prepare: readonly Prepared[]; blank_check: readonly Blank[] } =
  JSON.parse(readFileSync(`${FIXTURES}masks.json`, "utf8"));

/** Levels of the mask that a run has with these settings. */
async function levelsOf(mask: object, folder = FIXTURES, size = "96x64"): Promise<number[]> {
  const text = JSON.stringify({ prompts: "x", size, seed: 1, frames: 2, mask: { blur: 0, ...mask } });
  const { settings } = loadSettings({ file: "a.yaml", text });
  const input = maskInput(settings, await openMaskPictures(settings, folder, "/"))!;
  const { data } = await input.maskAt(planFrames(settings)[0]!, () => expect.unreachable("no words"));
  return Array.from(data, (share) => Math.round(share * 255));
}

async function goldenLevels(file: string): Promise<number[]> {
  const { data } = await readPicture(FIXTURES + file);
  return [...data].filter((_, i) => i % 3 === 0);
}

describe("the picture of a mask", () => {
  it("has 5 goldens of brightness and contrast", () => expect(prepare).toHaveLength(5));

  it.each(prepare)(
    "is Deforum's $output after brightness and contrast, to the level",
    async ({
      first_factor_used_as_brightness: brightness,
      second_factor_used_as_contrast: contrast,
      output,
    }) => {
      const levels = await levelsOf({ file: "ramp.png", brightness, contrast });
      expect(levels).toEqual(await goldenLevels(output));
    },
  );

  it("is fitted to the size of the animation by a Lanczos filter, as Deforum's is", async () => {
    // Smaller than an animation can be, so asked of the reader of pictures itself.
    const { data } = await readPicture(`${FIXTURES}ramp.png`, { width: 48, height: 32 });
    const [levels, golden] = [
      [...data].filter((_, i) => i % 3 === 0),
      await goldenLevels("ramp_resized_48x32.png"),
    ];
    expect(levels).toHaveLength(golden.length);
    expect(Math.max(...levels.map((level, i) => Math.abs(level - golden[i]!)))).toBeLessThanOrEqual(1);
  });

  it("is adjusted before masks are put together and inverted", async () => {
    const adjusted = await levelsOf({ file: "ramp.png", brightness: 2, contrast: 2 });
    const inverted = { invert: true, schedule: "{video_mask} | [ramp.png]" };
    const levels = await levelsOf({ file: "ramp.png", brightness: 2, contrast: 2, ...inverted });
    expect(levels).toEqual(adjusted.map((level) => 255 - level));
  });
});

/** What Deforum does with a mask of one gray, where ours is another, by the level and whether the mask is inverted. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  ["0", "Deforum takes a black mask for none and draws the whole frame anew; here it keeps the whole frame"],
  ["0 inverted", "Deforum drops every mask that is inverted; here all may change"],
  ["255 inverted", "Deforum drops every mask that is inverted; here nothing may change"],
  ["128 inverted", "Deforum drops every mask that is inverted; here half may change"],
]);

describe("a mask of one gray", () => {
  it("has 6 goldens, of which Deforum drops four", () => {
    expect(blanks).toHaveLength(6);
    const dropped = blanks.filter(({ kept }) => !kept);
    expect(dropped.map(({ flat_value, invert_mask }) => nameOf(flat_value, invert_mask))).toEqual([
      ...OTHERWISE.keys(),
    ]);
  });

  it.each(blanks)("is a mask like any other: $flat_value, inverted: $invert_mask", async (golden) => {
    const { flat_value: level, invert_mask: invert, kept } = golden;
    const folder = await temporaryFolder();
    const data = new Uint8Array(3 * 64 * 64).fill(level);
    await writeFile(join(folder, "flat.png"), await encodePng({ width: 64, height: 64, data }));
    const levels = new Set(await levelsOf({ file: "flat.png", invert }, folder, "64x64"));
    expect([...levels]).toEqual([invert ? 255 - level : level]);
    expect(kept).toBe(!OTHERWISE.has(nameOf(level, invert)));
  });
});

function nameOf(level: number, isInverted: boolean): string {
  return isInverted ? `${level} inverted` : String(level);
}
