/** Pictures of the embedded model for benchmarks of stills: painted once, then read from their folder. */
import { mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { renderImage } from "../../dist/diffusion/img2img.js";
import { writeFileAtomic } from "../../dist/files.js";
import { findModel } from "../../dist/models/find-model.js";
import { openModel } from "../../dist/models/open-model.js";
import { toByteImage } from "../../dist/tensor/image.js";
import { encodePng, readPngBytes } from "../../dist/tensor/picture-file.js";
import { promptTable } from "../storybook/prompts.mjs";

const SIDE = 256;
const FIRST_SEED = 4000;

/**
 * `count` pictures of 256 × 256, each with one subject (no bare landscapes), of different prompts.
 *
 * @param folder where they are kept, by number
 */
export async function paintPictures(count, folder) {
  await mkdir(folder, { recursive: true });
  const prompts = promptTable(2 * count)
    .filter(({ kind }) => kind !== "landscape")
    .slice(0, count);
  let model;
  const pictures = [];
  for (const [index, { prompt }] of prompts.entries()) {
    const file = join(folder, `${String(index).padStart(4, "0")}.png`);
    if (!existsSync(file)) {
      model ??= await openModel(await findModel("storybook", process.cwd()), { device: "cpu", threads: 0 });
      await writeFileAtomic(file, await encodePng(await paint(model, prompt, FIRST_SEED + index)));
      if ((index + 1) % 12 === 0) process.stderr.write(`painted ${index + 1} of ${count}\n`);
    }
    pictures.push(await readPngBytes(file));
  }
  await model?.release();
  return pictures;
}

async function paint(model, prompt, seed) {
  const { image } = await renderImage(model, {
    image: null,
    width: SIDE,
    height: SIDE,
    prompts: [{ text: prompt, weight: 1 }],
    negativePrompt: "",
    sampler: "dpmpp_2m_karras",
    steps: 12,
    strength: 0,
    guidanceScale: 4,
    seed,
    noiseMultiplier: 1,
    clipSkip: 0,
  });
  return toByteImage(image);
}
