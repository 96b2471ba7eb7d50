/** Pictures that are alike without being copies: the embedded model's, several seeds of each prompt. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../dist/files.js";
import { findModel } from "../../dist/models/find-model.js";
import { openModel } from "../../dist/models/open-model.js";
import { encodePng } from "../../dist/tensor/picture-file.js";
import { promptTable } from "../storybook/prompts.mjs";
import { paintPrompt } from "./paint-prompt.mjs";

/**
 * Paints what is not there yet, 256 × 256, 8 steps, guidance 4.
 *
 * @returns one array of files per prompt
 */
export async function paintSamePrompts(folder, { prompts, seeds }) {
  await mkdir(folder, { recursive: true });
  const groups = promptTable(prompts).map(({ prompt }, row) => ({
    prompt,
    files: Array.from({ length: seeds }, (_, seed) => join(folder, `${pad(row)}-${pad(seed)}.png`)),
  }));
  const missing = [];
  for (const [row, { prompt, files }] of groups.entries()) {
    for (const [index, file] of files.entries()) {
      const isThere = await stat(file).catch(() => undefined);
      if (!isThere) missing.push({ prompt, file, seed: 1000 * row + index });
    }
  }
  if (missing.length > 0) await paint(missing);
  return groups.map(({ files }) => files);
}

async function paint(missing) {
  const model = await openModel(await findModel("storybook", process.cwd()), { device: "cpu" });
  for (const [index, { prompt, file, seed }] of missing.entries()) {
    const picture = await paintPrompt(model, prompt, { steps: 8, seed });
    await writeFileAtomic(file, await encodePng(picture));
    if ((index + 1) % 25 === 0) process.stderr.write(`painted ${index + 1} of ${missing.length}\n`);
  }
  await model.release();
}

function pad(number) {
  return String(number).padStart(2, "0");
}
