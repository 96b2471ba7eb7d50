/** Pictures of the embedded model for benchmarks of stills: painted once, then read from their folder. */
import { mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../dist/files.js";
import { findModel } from "../../dist/models/find-model.js";
import { openModel } from "../../dist/models/open-model.js";
import { encodePng, readPngBytes } from "../../dist/tensor/picture-file.js";
import { promptTable } from "../storybook/prompts.mjs";
import { paintPrompt } from "./paint-prompt.mjs";

const STEPS = 12;
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
      const picture = await paintPrompt(model, prompt, { steps: STEPS, seed: FIRST_SEED + index });
      await writeFileAtomic(file, await encodePng(picture));
      if ((index + 1) % 12 === 0) process.stderr.write(`painted ${index + 1} of ${count}\n`);
    }
    pictures.push(await readPngBytes(file));
  }
  await model?.release();
  return pictures;
}
