/** Textual inversions on a tiny Stable Diffusion 1.x. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { largestDifference } from "../../test/support/golden.ts";
import { randomTensors, renamedTensors } from "../../test/support/lora-file.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { chunkPrompt } from "../prompt/chunks.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { readEmbedding } from "./embedding-file.ts";
import type { DiffusionModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

const FOLDER = fileURLToPath(new URL("../../test/fixtures/tiny-sd15/", import.meta.url));
const TABLE = "text_model.embeddings.token_embedding.weight";

async function open(embeddings: Readonly<Record<string, string>>): Promise<DiffusionModel> {
  const files = Object.entries(embeddings).map(([name, file]) => ({ name, file }));
  const model = await openModel(FOLDER, { device: "cpu", embeddings: files });
  onTestFinished(() => model.release());
  return model;
}

async function embed(model: DiffusionModel, prompt: string): Promise<Tensor> {
  const { chunks } = chunkPrompt(prompt, model.tokenizer, 77);
  const tokens = chunks.flatMap((chunk) => chunk.tokens);
  return await model.encodeText(tensor([chunks.length, 77], BigInt64Array.from(tokens, BigInt)), 0);
}

/** A file whose vectors are the model's own for the tokens of a text. */
async function copiedWords(text: string, key = "emb_params"): Promise<string> {
  const weights = await readSafetensors(`${FOLDER}text_encoder/model.safetensors`);
  const name = [...weights.tensors.keys()].find((candidate) =>
    TABLE.endsWith(candidate.replace("text_model.", "")),
  )!;
  const { data, dims } = await readFloats(weights, name);
  const width = dims[1]!;
  const plain = await openModel(FOLDER, { device: "cpu" });
  const ids = plain.tokenizer.encode(text);
  const rows = Float32Array.from(ids.flatMap((id) => [...data.subarray(id * width, (id + 1) * width)]));
  const file = `${await temporaryFolder()}/copied.safetensors`;
  await writeSafetensors(file, new Map([[key, tensor([ids.length, width], rows)]]));
  return file;
}

describe("the word of an embedding", () => {
  it.each(["emb_params", "<cat-toy>", "string_to_param.*"])(
    "gives what the words do whose vectors it holds, in a file keyed `%s`",
    async (key) => {
      const model = await open({ turquoise: await copiedWords("the and of", key) });
      const [word, words] = ["a big turquoise, in it", "a big the and of, in it"];
      expect(largestDifference(await embed(model, word), await embed(model, words))).toBe(0);
    },
  );

  it("stands beside others, with weights and in any case", async () => {
    const model = await open({
      "<cat-toy>": await copiedWords("the"),
      EasyNegative: await copiedWords("and of"),
      "bad hands v2": await randomTensors({ emb_params: [3, 32] }),
    });
    const { chunks } = chunkPrompt("(easynegative:1.2), a <cat-toy>, bad hands v2", model.tokenizer, 77);
    const { tokens, weights } = chunks[0]!;
    expect(tokens.filter((token) => token >= 1000)).toEqual([1001, 1002, 1000, 1003, 1004, 1005]);
    expect(weights[tokens.indexOf(1001)]).toBe(1.2);
    expect(weights[tokens.indexOf(1002)]).toBe(1.2);
    expect(weights[tokens.indexOf(1000)]).toBe(1);
    const found = await embed(model, "a <cat-toy> easynegative");
    expect(largestDifference(found, await embed(model, "a the and of"))).toBe(0);
  });

  it("is no part of a longer word", async () => {
    const model = await open({ turquoise: await copiedWords("the") });
    const plain = await openModel(FOLDER, { device: "cpu" });
    for (const text of ["turquoises", "aturquoise", "turquoise2", "the turq uoise"]) {
      expect(model.tokenizer.encode(text)).toEqual(plain.tokenizer.encode(text));
    }
    expect(model.tokenizer.encode("turquoise-green")).toContain(1000);
  });

  it("leaves prompts without it as they are, bit for bit", async () => {
    const model = await open({ turquoise: await randomTensors({ emb_params: [4, 32] }) });
    const plain = await open({});
    expect(await embed(model, "a and the of it")).toEqual(await embed(plain, "a and the of it"));
  });

  it("is not cut at the end of a chunk", async () => {
    const model = await open({ turquoise: await randomTensors({ emb_params: [4, 32] }) });
    const prompt = `${"the ".repeat(73)}turquoise the`;
    const { chunks, tokenCount } = chunkPrompt(prompt, model.tokenizer, 77);
    expect(chunks).toHaveLength(2);
    expect(chunks[0]!.tokens.filter((token) => token >= 1000)).toEqual([]);
    expect(chunks[1]!.tokens.slice(1, 5)).toEqual([1000, 1001, 1002, 1003]);
    expect(tokenCount).toBe(75 + 5);
    const fitting = chunkPrompt(`${"the ".repeat(71)}turquoise`, model.tokenizer, 77);
    expect(fitting.chunks).toHaveLength(1);
    expect(fitting.chunks[0]!.tokens.slice(72, 76)).toEqual([1000, 1001, 1002, 1003]);
  });
});

describe("an embedding file", () => {
  it("is read in each layout", async () => {
    const plain = await readEmbedding(await randomTensors({ emb_params: [4, 32] }));
    expect(plain).toMatchObject({ vectors: 4, token: undefined });
    const keyed = await readEmbedding(await randomTensors({ "<cat-toy>": [32] }));
    expect(keyed).toMatchObject({ vectors: 1, token: "<cat-toy>" });
    const both = await readEmbedding(await randomTensors({ clip_l: [8, 768], clip_g: [8, 1280] }));
    expect(both.tables.map(({ dims }) => dims)).toEqual([
      [8, 768],
      [8, 1280],
    ]);
  });

  it.each<[what: string, shapes: Record<string, number[]>, message: string]>([
    ["for Stable Diffusion 1.x", { emb_params: [2, 768] }, "made for Stable Diffusion 1.x, the model is"],
    ["for Stable Diffusion 2.x", { emb_params: [2, 1024] }, "made for Stable Diffusion 2.x"],
    ["for SDXL", { clip_l: [2, 768], clip_g: [2, 1280] }, "made for Stable Diffusion XL"],
    ["longer than a chunk", { emb_params: [76, 32] }, "has 76 vectors, but a chunk of a prompt holds 75"],
    ["of three dimensions", { emb_params: [2, 4, 4] }, "expected [vectors, width]"],
    ["without vectors", { emb_params: [0, 32] }, "expected [vectors, width]"],
    ["of unequal parts", { clip_l: [2, 768], clip_g: [3, 1280] }, "different numbers of vectors"],
    [
      "that is a LoRA",
      { "x.lora_A.weight": [2, 32], "x.lora_B.weight": [32, 2] },
      "this is no embedding: expected one tensor",
    ],
  ])("is refused %s", async (_, shapes, message) => {
    const file = await randomTensors(shapes, "strange");
    const error = await modelErrorOf(open({ strange: file }));
    expect(error).toContain("strange.safetensors: ");
    expect(error).toContain(message);
  });

  it("is refused as a pickle", async () => {
    expect(await modelErrorOf(open({ easynegative: "/embeddings/easynegative.pt" }))).toContain(
      "Python pickle",
    );
  });

  it("keeps its file as it is: nothing is copied", async () => {
    const file = await renamedTensors(await randomTensors({ emb_params: [2, 32] }), (name) => name);
    const before = await readFile(file);
    await embed(await open({ turquoise: file }), "turquoise");
    expect(await readFile(file)).toEqual(before);
  });
});
