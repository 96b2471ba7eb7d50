import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { worstDifference } from "../../test/support/golden.ts";
import type { DiffusionModel, Tokenizer } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { readFloats, readSafetensors } from "../models/safetensors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { conditionOn } from "./conditioning.ts";

const opened = await openModel("test/fixtures/tiny-sd15", { optimization: "extended" });
afterAll(() => opened.release());

/** The words of these tests are token numbers: `t205`. */
const numberTokenizer: Tokenizer = {
  encode: (text) => [...text.matchAll(/t(\d+)/g)].map(([, id]) => Number(id)),
  beginToken: 998,
  endToken: 999,
  padToken: 999,
};

/** The tiny model reading token numbers, and a count of its text encodings. */
function numberModel(): { model: DiffusionModel; encodings: () => number } {
  let encodings = 0;
  const model: DiffusionModel = {
    ...opened,
    tokenizer: numberTokenizer,
    encodeText: (ids, clipSkip) => {
      encodings++;
      return opened.encodeText(ids, clipSkip);
    },
  };
  return { model, encodings: () => encodings };
}

const alone = (text: string) => [{ text, weight: 1 }];

function chunkOf({ dims, data }: Tensor, index: number): Float32Array {
  const size = 77 * dims[2]!;
  return data.subarray(index * size, (index + 1) * size);
}

describe("conditionOn", () => {
  // Computed with transformers 5.23.0 and the emphasis mode "Original" of the stable-diffusion-webui 1.10 family.
  const {
    cases,
  }: {
    cases: { name: string; tokens: number[]; weights: number[] }[];
  } = JSON.parse(readFileSync("test/fixtures/prompts/weighting.json", "utf8"));

  it.each(cases)("embeds the $name golden prompt", async ({ name, tokens, weights }) => {
    const text = tokens.map((id, i) => (weights[i] === 1 ? ` t${id} ` : `(t${id}:${weights[i]})`)).join("");
    const golden = await readSafetensors("test/fixtures/prompts/weighting.safetensors");
    const expected = await readFloats(golden, `${name}.webui_original`);
    const { positive, negative } = await conditionOn(numberModel().model, alone(text), "", 0);
    expect(positive.dims).toEqual([1, 77, 32]);
    expect(worstDifference(positive.data, expected.data)).toBeLessThan(2e-5);
    const empty = await readFloats(golden, "empty");
    expect(worstDifference(negative!.data, empty.data)).toBeLessThan(2e-5);
  });

  it("gives prompt and negative prompt the same number of chunks, filled up with the empty prompt", async () => {
    const { model } = numberModel();
    const { positive, negative } = await conditionOn(model, alone("t1 t2"), "t3 BREAK t4 BREAK t5", 0);
    expect(positive.dims).toEqual([1, 3 * 77, 32]);
    expect(negative!.dims).toEqual([1, 3 * 77, 32]);
    const { positive: empty } = await conditionOn(model, alone(""), undefined, 0);
    const { positive: short } = await conditionOn(model, alone("t1 t2"), undefined, 0);
    expect(chunkOf(positive, 0)).toEqual(short.data);
    expect(chunkOf(positive, 1)).toEqual(empty.data);
    expect(chunkOf(positive, 2)).toEqual(empty.data);
  });

  it("leaves the negative prompt out when there is none, whatever its length would have been", async () => {
    const { positive, negative } = await conditionOn(numberModel().model, alone("t1"), undefined, 0);
    expect(positive.dims).toEqual([1, 77, 32]);
    expect(negative).toBeUndefined();
  });

  it("blends two prompts linearly by their shares", async () => {
    const { model } = numberModel();
    const first = (await conditionOn(model, alone("t7 BREAK t8"), undefined, 0)).positive;
    const second = (await conditionOn(model, alone("t9"), "t7 BREAK t8", 0)).positive;
    const mixture = [
      { text: "t7 BREAK t8", weight: 0.25 },
      { text: "t9", weight: 0.75 },
    ];
    const { positive } = await conditionOn(model, mixture, undefined, 0);
    const expected = first.data.map((value, i) => 0.25 * value + 0.75 * second.data[i]!);
    expect(worstDifference(positive.data, expected)).toBeLessThan(1e-6);
  });

  it("encodes a text once, and again under another clip skip", async () => {
    const { model, encodings } = numberModel();
    await conditionOn(model, alone("t7"), "t8", 0);
    expect(encodings()).toBe(3);
    await conditionOn(model, alone("t7"), "t8", 0);
    await conditionOn(model, alone("t8"), "t7", 0);
    expect(encodings()).toBe(3);
    await conditionOn(model, alone("t7"), "t8", 1);
    expect(encodings()).toBe(6);
  });

  it("forgets the text that was not used for longest when there are many", async () => {
    const { model, encodings } = numberModel();
    for (let i = 0; i < 64; i++) await conditionOn(model, alone(`t${i}`), undefined, 0);
    const before = encodings();
    await conditionOn(model, alone("t63"), undefined, 0);
    expect(encodings()).toBe(before);
    await conditionOn(model, alone("t0"), undefined, 0);
    expect(encodings()).toBe(before + 1);
  });
});
