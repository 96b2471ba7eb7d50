import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { findModel, listEmbeddedModels } from "./find-model.ts";

const TINY = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/", import.meta.url));

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "animate-find-"));
  await mkdir(join(base, "models/tiny"), { recursive: true });
  await cp(join(TINY, "model_index.json"), join(base, "models/tiny/model_index.json"));
  await mkdir(join(base, "empty"));
  await mkdir(join(base, "folder.safetensors"));
  await writeFile(join(base, "models/checkpoint.safetensors"), "");
});
afterAll(async () => await rm(base, { recursive: true }));

describe("finding a model", () => {
  it("takes a path relative to the schedule, or absolute", async () => {
    expect(await findModel("models/tiny", base)).toBe(join(base, "models/tiny"));
    expect(await findModel("./models/../models/tiny/", base)).toBe(join(base, "models/tiny"));
    expect(await findModel(join(base, "models/tiny"), "/")).toBe(join(base, "models/tiny"));
    expect(await findModel("tiny", join(base, "models"))).toBe(join(base, "models/tiny"));
  });

  it("takes a single-file checkpoint by its path", async () => {
    const path = join(base, "models/checkpoint.safetensors");
    expect(await findModel("models/checkpoint.safetensors", base)).toBe(path);
    expect(await findModel("checkpoint.safetensors", join(base, "models"))).toBe(path);
    expect(await findModel(path, "/")).toBe(path);
  });

  it("knows the embedded models by name, before any folder of the same name", async () => {
    const [name] = await listEmbeddedModels();
    expect(name).toBe("storybook");
    expect(await findModel("storybook", base)).toMatch(/presets.models.storybook$/);
  });

  it.each([
    [
      "a name that does not exist",
      "storybok",
      "storybok: there is no such model",
      "Did you mean storybook? There",
    ],
    ["a folder without a model", "empty", "it has no `model_index.json`", "diffusers layout"],
    [
      "a checkpoint that does not exist",
      "models/v1-5.safetensors",
      "models/v1-5.safetensors: there is no such model",
      ".safetensors file",
    ],
    [
      "a folder without a model, named like a checkpoint",
      "folder.safetensors",
      "folder.safetensors: this is no model folder",
      ".safetensors file",
    ],
    [
      "a file that is no checkpoint",
      "models/tiny/model_index.json",
      "expected a folder or a .safetensors file",
      "Give the folder that it is in",
    ],
    [
      "a pickle",
      "/models/anything-v3.CKPT",
      "`anything-v3.CKPT` is a Python pickle, which can run any code",
      ".safetensors",
    ],
    [
      "a name with an escape sequence",
      "\u001b]0;x\u0007",
      "\\u{1b}]0;x\\u{7}: there is no such model",
      "animate models list",
    ],
    ["a way out of the presets", "../tokenizers/clip", "there is no such model", "storybook"],
    ["nothing", "", ": no model is named", "storybook"],
  ])("refuses %s", async (_, name, message, hint) => {
    const error = await modelErrorOf(findModel(name, base));
    expect(error).toContain(message);
    expect(error).toContain(hint);
  });

  it("refuses pickles even when the file exists", async () => {
    await writeFile(join(base, "real.pt"), "");
    expect(await modelErrorOf(findModel("real.pt", base))).toContain("never loaded");
  });
});
