/** Every damaged or hostile model is refused within a second by an error that says where, what and what to do. */

import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CHECKPOINT, checkpointFolder, editedCheckpoint } from "../../test/support/edited-checkpoint.ts";
import { HOSTILE_MODELS } from "../../test/support/hostile-models.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { ModelError } from "../errors.ts";
import { runEveryNetwork } from "./check-model.ts";
import { openExport } from "./open-export.ts";
import { openNetworks } from "./open-model.ts";
import { isExport, readExport } from "./read-export.ts";
import { readModel } from "./read-model.ts";
import { readSingleFile } from "./single-file.ts";

/** Of processor time, which other work on the machine does not lengthen. */
const LIMIT_SECONDS = 1;

/** Opens a model and runs each of its networks, as `animate models check` does. */
async function use(path: string): Promise<void> {
  const options = { device: "cpu" } as const;
  const files = (await isExport(path)) ? await readExport(path) : await readModel(path);
  const model = "vaeEncoder" in files ? await openExport(files, options) : await openNetworks(files, options);
  try {
    const networks = runEveryNetwork(files, model);
    while ((await networks.next()).done !== true);
  } finally {
    await model.release();
  }
}

describe("a model", () => {
  // Loads ONNX Runtime, which takes time once.
  beforeAll(async () => await use(CHECKPOINT));

  it.each(HOSTILE_MODELS)("that is $title is refused", async ({ write, message, where, hint }) => {
    const path = await write(await checkpointFolder());
    const start = process.cpuUsage();
    const error: unknown = await use(path).catch((thrown: unknown) => thrown);
    const { user, system } = process.cpuUsage(start);
    if (!(error instanceof ModelError)) throw new Error("expected a ModelError", { cause: error });
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(600);
    expect(error.where?.endsWith(where), `${error.where}`).toBe(true);
    expect(error.hint).toContain(hint);
    expect((user + system) / 1e6).toBeLessThan(LIMIT_SECONDS);
  });

  it("is tested with more than 30 such files, no two alike", () => {
    const titles = HOSTILE_MODELS.map(({ title }) => title);
    expect(titles.length).toBeGreaterThan(30);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe("a sound checkpoint", () => {
  it("with another vocabulary is refused unless its tokenizer lies beside it", async () => {
    const file = await editedCheckpoint(() => {});
    await rm(join(dirname(file), "tokenizer"), { recursive: true });
    const error = await modelErrorOf(readSingleFile(file));
    expect(error).toContain("the text encoder knows 1000 tokens, expected CLIP's 49408");
    expect(error).toContain("into a folder `tokenizer` beside the file");
  });
});
