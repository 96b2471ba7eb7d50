/** Python pickles, which can run any code when they are opened: never opened, whatever they are called, and the way out is told. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openPictureNetwork } from "../../src/control/picture-network.ts";
import { readEmbedding } from "../../src/models/embedding-file.ts";
import { findModel } from "../../src/models/find-model.ts";
import { findPictureNetwork } from "../../src/models/find-picture-network.ts";
import { findInLibrary } from "../../src/models/library.ts";
import { LIBRARY_KINDS } from "../../src/models/library-places.ts";
import { readLora } from "../../src/models/lora-file.ts";
import { openOnnxDetector } from "../../src/models/onnx-detector.ts";
import { openOnnxFlow } from "../../src/models/onnx-flow.ts";
import { readControlNet } from "../../src/models/read-controlnet.ts";
import { readVae } from "../../src/models/read-vae.ts";
import { readSingleFile } from "../../src/models/single-file.ts";
import { openWordFinder } from "../../src/models/word-finder.ts";
import { modelErrorOf } from "../support/model-error.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ENDINGS = [".ckpt", ".pt", ".pth", ".bin", ".pkl", ".CKPT", ".Pt"];
const CPU = { device: "cpu" } as const;

/** `os.system("touch pwned")` for whoever opens it: as protocol 2, as protocol 4, and in the zip that PyTorch writes. */
const PICKLES = {
  "protocol 2": Buffer.from("\u0080\u0002cposix\nsystem\nX\u000b\0\0\0touch pwned\u0085R.", "latin1"),
  "protocol 4": Buffer.from("\u0080\u0004\u0095\u001f\0\0\0\0\0\0\0\u008c\u0005posix\u0094.", "latin1"),
  "a zip archive": Buffer.from("PK\u0003\u0004\0\0\b\b\0\0archive/data.pkl", "latin1"),
};

describe.each(ENDINGS)("a file *%s is refused by its name", (ending) => {
  it("as any kind of model", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, `old${ending}`);
    await writeFile(file, PICKLES["protocol 2"]);
    const refusals = await Promise.all([
      modelErrorOf(findModel(file, folder)),
      ...LIBRARY_KINDS.map((kind) => modelErrorOf(findInLibrary(kind, file, folder, {}))),
      modelErrorOf(readLora(file)),
      modelErrorOf(readEmbedding(file)),
    ]);
    for (const text of refusals) {
      expect(text).toContain(`\`old${ending}\` is a Python pickle, which can run any code when it is opened`);
      expect(text).toContain("(Download the .safetensors version");
    }
  });

  it("as any kind of network", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, `RealESRGAN_x4plus${ending}`);
    await writeFile(file, PICKLES["a zip archive"]);
    const refusals = await Promise.all([
      modelErrorOf(findPictureNetwork("upscaler", file, folder, {})),
      modelErrorOf(findPictureNetwork("depth", file, folder, {})),
      modelErrorOf(openOnnxDetector(file, CPU)),
      modelErrorOf(openOnnxFlow(file, { width: 8, height: 8 }, CPU)),
      modelErrorOf(openPictureNetwork(file, CPU)),
      modelErrorOf(openWordFinder(file, CPU)),
    ]);
    for (const text of refusals) {
      expect(text).toContain("is a Python pickle, which can run any code when it is opened");
      expect(text).toContain("(Download or export the network as an ONNX file.)");
    }
  });
});

describe.each(Object.entries(PICKLES))(
  "a pickle (%s) under another name is refused by its bytes",
  (_, bytes) => {
    it("as a .safetensors file", async () => {
      const folder = await temporaryFolder();
      const file = join(folder, "model.safetensors");
      await writeFile(file, bytes);
      const diffusers = join(folder, "vae");
      await mkdir(diffusers);
      const refusals = await Promise.all([
        modelErrorOf(readSingleFile(file)),
        modelErrorOf(readLora(file)),
        modelErrorOf(readEmbedding(file)),
        modelErrorOf(readControlNet(file)),
        modelErrorOf(readVae(file, "sd1")),
      ]);
      for (const text of refusals)
        expect(text).toMatch(/model\.safetensors: .*a Python pickle.*never loaded, whatever its name/);
    });

    it("as an .onnx file", async () => {
      const file = join(await temporaryFolder(), "network.onnx");
      await writeFile(file, bytes);
      const refusals = await Promise.all([
        modelErrorOf(openOnnxDetector(file, CPU)),
        modelErrorOf(openPictureNetwork(file, CPU)),
        modelErrorOf(openWordFinder(file, CPU)),
      ]);
      for (const text of refusals) {
        expect(text).toMatch(
          /network\.onnx: this is no ONNX model, but a Python pickle.*\(Download or export/,
        );
      }
    });
  },
);
