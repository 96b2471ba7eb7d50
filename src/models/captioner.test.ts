/** Captioners at toy size against transformers: test/fixtures/captioners/golden.py. */
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import type { ByteImage } from "../tensor/image.ts";
import { searchCaption } from "./caption-search.ts";
import { captionPixels, openCaptioner } from "./captioner.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/captioners/", import.meta.url));
const cpu = { device: "cpu", threads: 1 } as const;
const golden = await readSafetensors(`${FIXTURES}golden.safetensors`);
const bytes = await readFile(`${FIXTURES}golden.safetensors`);
const captions = JSON.parse(await readFile(`${FIXTURES}captions.json`, "utf8")) as {
  readonly model: string;
  readonly picture: number;
  readonly beams: number;
  readonly ids: readonly number[];
  readonly text: string;
}[];

function pictureOf(name: string, width: number, height: number): ByteImage {
  const { offset } = golden.tensors.get(name)!;
  return { width, height, data: new Uint8Array(bytes.subarray(offset, offset + 3 * width * height)) };
}

async function open(name: string) {
  const captioner = await openCaptioner(join(FIXTURES, name), cpu);
  onTestFinished(() => captioner.release());
  return captioner;
}

describe("a captioner", () => {
  it.each([
    ["vit-gpt2", 0],
    ["blip", 3],
  ])("says of pictures what transformers says with %s, of one beam and of several", async (name, end) => {
    const captioner = await open(name);
    const cases = captions.filter(({ model }) => model === name);
    expect(cases).toHaveLength(16);
    for (const { picture, beams, ids } of cases) {
      const tokens = await captioner.tokensOf(pictureOf(`picture.${picture}`, 32, 32), beams, 12);
      expect(tokens, `picture ${picture}, ${beams} beams`).toEqual(ids.filter((id) => id !== end));
    }
  });

  it("puts tokens into words, with the beams and the length of generation_config.json", async () => {
    const vit = await open("vit-gpt2");
    const { text } = captions.find(
      ({ model, picture, beams }) => model === "vit-gpt2" && picture === 3 && beams === 3,
    )!;
    expect(await vit.describe(pictureOf("picture.3", 32, 32))).toBe(text.trim());
    await expect(vit.describe(pictureOf("picture.0", 32, 32))).rejects.toThrow(
      "the captioner has nothing to say",
    );
    // Without the file: one beam, and more tokens than the golden's twelve.
    const blip = await open("blip");
    const short = captions.find(
      ({ model, picture, beams }) => model === "blip" && picture === 1 && beams === 1,
    )!.text;
    const long = await blip.describe(pictureOf("picture.1", 32, 32));
    expect(long.startsWith(short)).toBe(true);
    expect(long.length).toBeGreaterThan(short.length);
  });

  it("sees pictures of other sizes as transformers' processor gives them", async () => {
    const preprocessing = {
      size: { width: 32, height: 32 },
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      resample: 2,
    };
    const { data } = await captionPixels(pictureOf("large", 56, 40), preprocessing);
    // Two of 255 levels, on a scale of 2.
    expect(worstDifference(data, (await readFloats(golden, "large.pixels")).data)).toBeLessThan(0.017);
  });

  it("is known by the hash of its files", async () => {
    const folder = await temporaryFolder();
    await cp(join(FIXTURES, "blip"), folder, { recursive: true });
    const before = await openCaptioner(folder, cpu);
    await writeFile(join(folder, "generation_config.json"), '{ "num_beams": 2 }');
    const after = await openCaptioner(folder, cpu);
    await Promise.all([before.release(), after.release()]);
    expect(before.info.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(after.info.hash).not.toBe(before.info.hash);
  });

  it.each([
    ["decoder_model.onnx", null, "the file is missing or cannot be read"],
    [
      "decoder_model.onnx",
      "encoder_model.onnx",
      "expected a network with the inputs input_ids, encoder_hidden_states",
    ],
    ["tokenizer.json", "{}", "expected a tokenizer in the format of the tokenizers library"],
    [
      "config.json",
      '{ "model_type": "blip" }',
      "expected decoder_start_token_id and eos_token_id, found none",
    ],
    ["preprocessor_config.json", '{ "size": { "height": 1e9, "width": 4 } }', "size"],
  ])("is refused where %s is %s", async (file, content, message) => {
    const folder = await temporaryFolder();
    await cp(join(FIXTURES, "blip"), folder, { recursive: true });
    if (content === null) await rm(join(folder, file));
    else if (content.endsWith(".onnx")) await cp(join(folder, content), join(folder, file));
    else await writeFile(join(folder, file), content);
    await expect(openCaptioner(folder, cpu)).rejects.toThrow(message);
  });
});

/** Likes token 2 best, and the end, 1, least. */
async function next(texts: readonly (readonly number[])[]): Promise<Float32Array[]> {
  return texts.map(() => Float32Array.of(0, -9, 1));
}

describe("the search for a caption", () => {
  it("ends at its length where no text ends by itself", async () => {
    for (const beams of [1, 3]) {
      expect(await searchCaption(next, { start: 0, end: 1, beams, longest: 5 })).toEqual([2, 2, 2, 2, 2]);
    }
  });
});
