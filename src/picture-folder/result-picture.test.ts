import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import type { ByteImage } from "../tensor/image.ts";
import sharp from "../tensor/sharp.ts";
import { maskForModel, maskForResult, wholeCells } from "./redrawn-part.ts";
import { encodeResult, finishPicture, type OutputFormat } from "./result-picture.ts";
import { onMatte, readSource, type SourcePicture } from "./source-picture.ts";

const WHITE = [255, 255, 255] as const;

function plain(width: number, height: number, level: number): ByteImage {
  return { width, height, data: new Uint8Array(3 * width * height).fill(level) };
}

/** 48 × 32, every pixel of its own, opaque in its left half. */
async function readCutout(): Promise<SourcePicture> {
  const data = Uint8Array.from({ length: 4 * 48 * 32 }, (_, i) =>
    i % 4 === 3 ? (((i - 3) / 4) % 48 < 24 ? 255 : 0) : (i * 31) % 256,
  );
  const path = join(await temporaryFolder(), "cutout.png");
  await writeFile(
    path,
    await sharp(data, { raw: { width: 48, height: 32, channels: 4 } })
      .png()
      .toBuffer(),
  );
  return await readSource(path);
}

describe("a result", () => {
  it("has the picture's size and transparency, or those that the options say", async () => {
    const source = await readCutout();
    const painted = plain(24, 16, 90);
    const own = await finishPicture(source, painted, null, { size: "own", keepsAlpha: true, matte: WHITE });
    expect(own.color).toMatchObject({ width: 48, height: 32 });
    expect(own.alpha).toEqual(source.alpha);
    const working = await finishPicture(source, painted, null, {
      size: "working",
      keepsAlpha: false,
      matte: WHITE,
    });
    expect(working).toEqual({ color: painted, alpha: null });
  });

  it("has the picture's own pixels, to the bit, where nothing was drawn", async () => {
    const source = await readCutout();
    const data = Uint8Array.from({ length: 48 * 32 }, (_, i) => (i % 48 < 10 ? 0 : 255));
    const options = { size: "own", keepsAlpha: false, matte: WHITE } as const;
    const { color } = await finishPicture(
      source,
      plain(24, 16, 90),
      async (size) => ({ ...size, data }),
      options,
    );
    for (let i = 0; i < color.data.length; i++) {
      const column = Math.floor(i / 3) % 48;
      expect(color.data[i]).toBe(column < 10 ? source.color.data[i] : 90);
    }
  });

  it.each<[OutputFormat, number]>([
    ["png", 4],
    ["webp", 4],
    ["jpg", 3],
  ])("is written as %s with %d channels", async (format, channels) => {
    const source = await readCutout();
    const result = { color: source.color, alpha: format === "jpg" ? null : source.alpha };
    const texts = [{ keyword: "parameters", text: "a hero" }];
    const bytes = await encodeResult(result, { format, quality: 90 }, texts);
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 48, height: 32, channels });
    expect(bytes.includes("a hero")).toBe(format === "png");
  });
});

describe("a picture that is transparent", () => {
  it("is seen in front of its matte", async () => {
    const source = await readCutout();
    const { data } = onMatte(source, [10, 20, 30]);
    expect([...data.subarray(0, 3)]).toEqual([...source.color.data.subarray(0, 3)]);
    expect([...data.subarray(3 * 47, 3 * 48)]).toEqual([10, 20, 30]);
  });
});

describe("the part that is drawn", () => {
  const size = { width: 64, height: 64 };
  const left = { ...size, data: Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 32 ? 255 : 0)) };

  it("is the region, or all but the region, with soft borders at both sizes", async () => {
    const draws = { keeps: false, blur: 2, alpha: null };
    const keeps = { keeps: true, blur: 2, alpha: null };
    const drawn = await maskForModel(left, size, draws);
    const kept = await maskForModel(left, size, keeps);
    const ends = [drawn.data[0]!, drawn.data[63]!, kept.data[0]!, kept.data[63]!];
    expect(ends.map((share) => Math.round(1e5 * share) / 1e5)).toEqual([1, 0, 0, 1]);
    expect(drawn.data[31]).toBeGreaterThan(0.4);
    expect(drawn.data[31]).toBeLessThan(0.7);
    const large = await maskForResult(left, size, { width: 256, height: 256 }, keeps);
    // The blur grows along: three deviations beside the border there is none of it.
    expect([large.data[128 - 30], large.data[128 + 30]]).toEqual([0, 255]);
    expect(large.data[128 + 8]! - large.data[128 - 8]!).toBeLessThan(230);
  });

  it("has whole cells for the model where anything of them is drawn", () => {
    const data = new Float32Array(20 * 16);
    data[9 * 20 + 17] = 0.5;
    data[0] = 0.01;
    const cells = wholeCells({ width: 20, height: 16, data }, 8).data;
    for (let i = 0; i < cells.length; i++) {
      expect(cells[i]).toBe(i % 20 >= 16 && Math.floor(i / 20) >= 8 ? 1 : 0);
    }
  });

  it("holds everything where the picture is transparent, so that no color without a pixel shows", async () => {
    const alpha = { ...size, data: left.data.map((level) => (level === 255 ? 200 : 0)) };
    const all = { ...size, data: new Uint8Array(64 * 64).fill(255) };
    const mask = await maskForResult(all, size, size, { keeps: true, blur: 0, alpha });
    expect([mask.data[0], mask.data[63]]).toEqual([55, 255]);
  });
});
