/** The embedded ControlNet: storybook draws what the edges show, in the colors that the prompt tells. */

import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { findEdges } from "../src/control/canny.ts";
import { renderImage } from "../src/diffusion/img2img.ts";
import { findInLibrary } from "../src/models/library.ts";
import { openControlNet } from "../src/models/open-controlnet.ts";
import { openModel } from "../src/models/open-model.ts";
import { type ByteImage, toByteImage, toFloatImage } from "../src/tensor/image.ts";
import { readPicture } from "../src/tensor/picture-file.ts";

/** Edges of a drawing that was in no training set. */
const EDGES = fileURLToPath(new URL("fixtures/storybook-edges/castle.png", import.meta.url));
/** Pixels between an edge asked for and one drawn. */
const TOLERANCE = 2;

const model = await openModel(await findInLibrary("model", "storybook", "/"), { device: "cpu" });
const network = await openControlNet(await findInLibrary("controlnet", "storybook-edges", "/"), model, {
  device: "cpu",
});
afterAll(async () => {
  await network.release();
  await model.release();
});

/** Share of the white pixels of `one` that have one of `other` nearby. */
function shareMet(one: ByteImage, other: ByteImage): number {
  const { width, height } = one;
  const isEdge = ({ data }: ByteImage, x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && data[3 * (y * width + x)]! > 127;
  let [met, all] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isEdge(one, x, y)) continue;
      all++;
      let isNear = false;
      for (let dy = -TOLERANCE; dy <= TOLERANCE; dy++) {
        for (let dx = -TOLERANCE; dx <= TOLERANCE; dx++) isNear ||= isEdge(other, x + dx, y + dy);
      }
      if (isNear) met++;
    }
  }
  return all === 0 ? 0 : met / all;
}

async function draw(text: string, seed: number, weight: number): Promise<ByteImage> {
  const picture = toFloatImage(await readPicture(EDGES));
  const { image } = await renderImage(model, {
    image: null,
    width: 256,
    height: 256,
    prompts: [{ text, weight: 1 }],
    negativePrompt: "",
    sampler: "dpmpp_2m_karras",
    steps: 10,
    strength: 0,
    guidanceScale: 3.5,
    seed,
    noiseMultiplier: 1,
    clipSkip: 0,
    controls: [{ network, picture, weight, start: 0, end: 1 }],
  });
  return toByteImage(image);
}

it("draws a castle along the edges, at two times of day, where without them it stands elsewhere", async () => {
  const asked = await readPicture(EDGES);
  const prompts = [
    "a castle with red roofs on green hills on a sunny day",
    "a castle with blue roofs on green hills at night",
  ];
  const agreement = async (weight: number): Promise<number> => {
    let sum = 0;
    for (const [seed, prompt] of prompts.entries()) {
      const drawn = findEdges(await draw(prompt, seed, weight), { low: 100, high: 200, blur: 0 });
      sum += shareMet(asked, drawn) / prompts.length;
    }
    return sum;
  };
  const [followed, free] = [await agreement(1), await agreement(0)];
  expect(followed).toBeGreaterThan(free + 0.1);
});
