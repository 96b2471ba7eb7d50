import { describe, expect, it } from "vitest";
import { readGolden, readGoldenPicture } from "../../test/support/deforum-fixtures.ts";
import { adjustMask, blendMask, differenceMask } from "./composite-mask.ts";
import { composite } from "./composite.ts";
import { grayLevels } from "./levels.ts";

interface Golden {
  readonly id: string;
  readonly mask_type: "None" | "Depth" | "Blend" | "Difference";
  readonly alpha: number;
  readonly mask_blend_alpha: number;
  readonly mask_contrast: number;
  readonly auto_contrast: boolean;
  readonly cutoff_low: number;
  readonly cutoff_high: number;
  readonly equalize: "None" | "Before" | "After" | "Both";
  readonly inverse: boolean;
  readonly output: string;
}

const { cases } = readGolden<{ cases: Golden[] }>("hybrid/hybrid.json");
const previous = await readGoldenPicture("hybrid/prev.png");
const video = await readGoldenPicture("hybrid/video.png");
const depth = grayLevels(await readGoldenPicture("hybrid/depth_mask.png"));

function maskOf(golden: Golden): Uint8Array | null {
  if (golden.mask_type === "None") return null;
  const mask = {
    Depth: () => depth,
    Blend: () => blendMask(previous, video, golden.mask_blend_alpha),
    Difference: () => differenceMask(previous, video),
  }[golden.mask_type]();
  return adjustMask(mask, {
    inverse: golden.inverse,
    equalize: ({ None: "none", Before: "before", After: "after", Both: "both" } as const)[golden.equalize],
    contrast: golden.mask_contrast,
    cutoffs: golden.auto_contrast ? [golden.cutoff_low, golden.cutoff_high] : null,
  });
}

describe("hybrid composites", () => {
  it("have 17 goldens", () => expect(cases).toHaveLength(17));

  it.each(cases)("mix as Deforum does, to the level: $id", async (golden) => {
    const found = composite(previous, video, maskOf(golden), golden.alpha);
    expect(found.data).toEqual((await readGoldenPicture(`hybrid/${golden.output}`)).data);
  });

  it("leave a flat mask alone, which has nothing to stretch or to spread", () => {
    const flat = new Uint8Array(50).fill(77);
    const adjustments = { inverse: false, equalize: "both", contrast: 2, cutoffs: [10, 90] } as const;
    expect(adjustMask(flat, adjustments)).toEqual(flat);
  });
});
