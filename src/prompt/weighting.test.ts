import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readFloats, readSafetensors } from "../models/safetensors.ts";
import { applyTokenWeights } from "./weighting.ts";

// Computed with the emphasis mode "Original" of the stable-diffusion-webui 1.10 family.
const {
  cases,
}: {
  cases: { name: string; weights: number[] }[];
} = JSON.parse(readFileSync("test/fixtures/prompts/weighting.json", "utf8"));
const tensors = await readSafetensors("test/fixtures/prompts/weighting.safetensors");

describe("applyTokenWeights", () => {
  it("has all six golden prompts to compare with", () => {
    expect(cases.map(({ name }) => name)).toEqual(["plain", "up", "down", "mixed", "zero", "negative"]);
  });

  it.each(cases)("weighs the $name prompt as the web UI does", async ({ name, weights }) => {
    const { data } = await readFloats(tensors, `${name}.unweighted`);
    const { data: expected } = await readFloats(tensors, `${name}.webui_original`);
    const all = [1, ...weights, ...Array<number>(77 - 1 - weights.length).fill(1)];
    const weighted = applyTokenWeights(data, all);
    const worst = Math.max(...weighted.map((value, i) => Math.abs(value - expected[i]!)));
    expect(worst).toBeLessThan(2e-5);
  });

  it("keeps the mean of the chunk", () => {
    const weighted = applyTokenWeights(Float32Array.of(1, 2, 3, 4), [1, 2]);
    expect([...weighted].reduce((sum, value) => sum + value) / 4).toBeCloseTo(2.5, 6);
    expect(weighted[2]! / weighted[0]!).toBeCloseTo(6, 5);
  });

  it("leaves embeddings finite when the weights cancel their sum", () => {
    expect([...applyTokenWeights(Float32Array.of(1, 1), [1, -1])]).toEqual([1, -1]);
  });

  it("does nothing when no word is weighed", () => {
    const embeddings = Float32Array.of(1, 2, 3);
    expect(applyTokenWeights(embeddings, [1, 1, 1])).toBe(embeddings);
  });
});
