/** Writes the files that are generated from the settings: `npm run generate`, run in the folder of the project. */

import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { generatedFiles } from "./generated-files.ts";

for (const { path, content } of generatedFiles()) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
