/** Whatever a path leads to that is no model, the message says what it is and what to do. */

import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { describeOddPath } from "./odd-path.ts";

const TINY = fileURLToPath(new URL("../../test/fixtures/tiny-sd15", import.meta.url));
const MP4 = Buffer.from("\0\0\0\u0020ftypisom\0\0\u0002\0", "latin1");
const LIST_HELPS = undefined;

interface Case {
  readonly title: string;
  readonly make: (path: string) => Promise<unknown>;
  readonly what: string;
  readonly hint: string | undefined;
}

const CASES: readonly Case[] = [
  {
    title: "an empty folder, whatever is hidden in it",
    make: (path) => mkdir(path).then(() => writeFile(join(path, ".DS_Store"), "")),
    what: "this is no model folder: it has no `model_index.json`, it is empty",
    hint: LIST_HELPS,
  },
  {
    title: "a folder of other things",
    make: async (path) => {
      await mkdir(path);
      for (const name of ["b.txt", "a.png", "c", "d", "e", "f\u001b"]) await writeFile(join(path, name), "");
    },
    what: "it has no `model_index.json`, but a.png, b.txt, c, d and 2 more",
    hint: LIST_HELPS,
  },
  {
    title: "a folder with a checkpoint in it",
    make: (path) => mkdir(path).then(() => writeFile(join(path, "dream.safetensors"), "")),
    what: "but dream.safetensors",
    hint: "Give the file itself: ",
  },
  {
    title: "a folder without its index",
    make: (path) => cp(join(TINY, "unet"), path, { recursive: true }),
    what: "this is one network, `UNet2DConditionModel`, not a whole model",
    hint: "Download the whole model",
  },
  {
    title: "a video",
    make: (path) => writeFile(path, MP4),
    what: "` is a video or picture (MP4, MOV or AVIF)",
    hint: "Give a model: a .safetensors file",
  },
  {
    title: "a GGUF file",
    make: (path) => writeFile(path, "GGUF\u0003\0\0\0\u0001"),
    what: "` is a GGUF file, whose quantized weights this version does not run",
    hint: "Download the model's .safetensors version",
  },
  {
    title: "a text",
    make: (path) => writeFile(path, "Hi"),
    what: "` is no model: expected a folder or a .safetensors file",
    hint: LIST_HELPS,
  },
  {
    title: "a link in a circle",
    make: (path) => symlink(path, path),
    what: "the link leads round in a circle",
    hint: "Make it anew",
  },
  {
    title: "a link to nothing",
    make: (path) => symlink("gone.safetensors", path),
    what: "the link leads to `gone.safetensors`, which is not there",
    hint: "Make it anew",
  },
];

describe("a path that is no model", () => {
  it.each(CASES)("is described: $title", async ({ make, what, hint }) => {
    const path = join(await temporaryFolder(), "odd");
    await make(path);
    const odd = await describeOddPath(path, "model");
    expect(odd?.what).toContain(what);
    if (hint === undefined) expect(odd?.hint).toBeUndefined();
    else expect(odd?.hint).toContain(hint);
  });

  it("is described: one network of a model that is there", async () => {
    const odd = await describeOddPath(join(TINY, "text_encoder"), "model");
    expect(odd).toEqual({
      what: "this is one network, `CLIPTextModel`, not a whole model",
      hint: `Give the folder above it: ${TINY}`,
    });
  });

  it("is described: a config or an index instead of its folder", async () => {
    const odd = await describeOddPath(join(TINY, "model_index.json"), "model");
    expect(odd?.what).toContain("`model_index.json` is no model");
    expect(odd?.hint).toBe(`Give the folder that it is in: ${TINY}`);
  });

  it("is described: a device", async () => {
    expect((await describeOddPath("/dev/zero", "model"))?.what).toContain("this is a device, pipe or socket");
  });

  // Root may read everything.
  it.skipIf(process.getuid?.() === 0)("is described: a folder or file that may not be read", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "secret.ckpt2");
    await writeFile(file, "x");
    await chmod(file, 0);
    expect((await describeOddPath(file, "model"))?.what).toContain("permission denied");
    await mkdir(join(folder, "closed"));
    await chmod(join(folder, "closed"), 0);
    for (const path of ["closed", "closed/inside.safetensors"]) {
      expect((await describeOddPath(join(folder, path), "model"))?.what, path).toContain("permission denied");
    }
    await chmod(join(folder, "closed"), 0o700);
  });

  it("is nothing when nothing is there", async () => {
    expect(await describeOddPath(join(await temporaryFolder(), "nothing"), "model")).toBeUndefined();
  });

  it("is called what it was looked for as", async () => {
    const folder = await temporaryFolder();
    expect((await describeOddPath(folder, "VAE"))?.what).toBe(
      "this folder holds no VAE in the diffusers layout, it is empty",
    );
  });
});
