import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { sha256 } from "../render/chain.ts";
import sharp from "../tensor/sharp.ts";
import { openSource, readSource } from "./source-picture.ts";

it.each([1, 3, 6, 8])(
  "is known by its size upright before it is decoded, orientation %i",
  async (orientation) => {
    const background = { r: 200, g: 90, b: 30 };
    const bytes = await sharp({ create: { width: 40, height: 24, channels: 3, background } })
      .withMetadata({ orientation })
      .jpeg()
      .toBuffer();
    const path = join(await temporaryFolder(), "photo.jpg");
    await writeFile(path, bytes);
    const file = await openSource(path);
    const source = await file.decode();
    const [width, height] = orientation < 5 ? [40, 24] : [24, 40];
    expect(file).toMatchObject({ width, height, sha256: sha256(bytes) });
    expect(source).toMatchObject({ width, height, alpha: null });
    expect(source).toEqual(await readSource(path));
  },
);

it("is damaged where its end is missing, when it is decoded", async () => {
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background: "white", noise } })
    .png()
    .toBuffer();
  const path = join(await temporaryFolder(), "cut.png");
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  const file = await openSource(path);
  await expect(file.decode()).rejects.toThrow("the picture is damaged");
});
