/** Keys and values of texts apart from the UNet: the same bits as inside it, remembered no longer than they hold. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { normalNoise } from "../tensor/random.ts";
import { elementCount, tensor, type Tensor } from "../tensor/tensor.ts";
import type { TextEmbedding } from "./model.ts";
import { weightsFolder } from "./onnx-graph.ts";
import { openTextProjection, textMemory } from "./open-text-projection.ts";
import { openUnet, type RunningUnet } from "./open-unet.ts";
import { readModel } from "./read-model.ts";
import { openSession, type LoadGraph } from "./session.ts";
import { crossAttentions } from "./text-projection.ts";
import { vaeFactor } from "./vae-config.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../test/fixtures/${name}/`, import.meta.url));
const STORYBOOK = fileURLToPath(new URL("../../presets/models/storybook/", import.meta.url));

const opened: { release(): Promise<void> }[] = [];
afterAll(async () => await Promise.all(opened.map((network) => network.release())));

const load: LoadGraph = async (part, graph, path) =>
  await openSession(part, graph, weightsFolder(path), { provider: "cpu" });

function random(name: string, dims: readonly number[]): Tensor {
  return tensor(dims, normalNoise(1, name, elementCount(dims)));
}

describe("a UNet that is given keys and values of the text", () => {
  it.each([
    ["Stable Diffusion 1.x", fixture("tiny-sd15"), {}],
    ["SDXL", fixture("tiny-sdxl"), {}],
    ["Stable Diffusion 2.x", join(fixture("tiny-sd2-singlefile"), "tiny-fp16.safetensors"), {}],
    ["storybook", STORYBOOK, {}],
    ["Stable Diffusion 1.x at level extended", fixture("tiny-sd15"), { optimization: "extended" }],
    ["Stable Diffusion 1.x with low memory", fixture("tiny-sd15"), { lowMemory: true }],
  ] as const)("predicts the bits of one that reads the text itself: %s", async (_, path, options) => {
    const files = await readModel(path);
    const factor = vaeFactor(files.vae.config);
    const open: LoadGraph = async (part, graph, weights) =>
      await openSession(part, graph, weightsFolder(weights), { provider: "cpu", ...options });
    const unets = [null, textMemory("cpu")].map((memory) => openUnet(files.unet, open, { factor, memory }));
    opened.push(...unets);
    const [whole, apart] = unets as [RunningUnet, RunningUnet];
    const { inputChannels, textWidth, added } = files.unet.config;
    for (const [batch, tokens] of [
      [1, 77],
      [2, 154],
    ] as const) {
      const latents = random("latents", [batch, inputChannels, 8, 12]);
      const text: TextEmbedding = {
        ...random(`text of ${tokens}`, [batch, tokens, textWidth]),
        ...(added && { pooled: random("pooled", [batch, added.pooledWidth]) }),
      };
      expect(await apart.predict(latents, 501, text)).toEqual(await whole.predict(latents, 501, text));
    }
  });
});

/** Of two texts; `runs` counts how often the network reads one. */
async function countedProjection(fail: () => boolean = () => false) {
  const { unet } = await readModel(fixture("tiny-sd15"));
  const counted = { runs: 0, loads: 0, state: "" };
  const projection = openTextProjection(
    "UNet",
    { weights: unet.weights, attentions: crossAttentions(unet.config) },
    async (...graph) => {
      counted.loads++;
      const session = await load(...graph);
      return {
        ...session,
        run(inputs) {
          counted.runs++;
          return fail() ? Promise.reject(new Error("out of luck")) : session.run(inputs);
        },
      };
    },
    { kept: 2, state: () => counted.state },
  );
  opened.push(projection);
  const text = (name: string, batch = 1) => random(name, [batch, 77, unet.config.textWidth]);
  return { counted, projection, text };
}

describe("the memory for texts", () => {
  it("reads a text once, whoever holds a copy of it", async () => {
    const { counted, projection, text } = await countedProjection();
    const first = await projection.project(text("a"));
    expect(await projection.project(text("a"))).toBe(first);
    expect(counted).toMatchObject({ runs: 1, loads: 1 });
  });

  it("keeps the two texts used last, and no more", async () => {
    const { counted, projection, text } = await countedProjection();
    for (const name of ["a", "b", "a", "b"]) await projection.project(text(name));
    expect(counted.runs).toBe(2);
    for (const name of ["c", "b", "c"]) await projection.project(text(name));
    expect(counted.runs).toBe(3);
    await projection.project(text("a"));
    expect(counted.runs).toBe(4);
  });

  it("takes texts of all lengths and numbers through one session", async () => {
    const { counted, projection, text } = await countedProjection();
    const [one] = Object.values(await projection.project(text("a")));
    const [three] = Object.values(await projection.project(text("a", 3)));
    expect(one!.dims).toEqual([1, 77, 32]);
    expect(three!.dims).toEqual([3, 77, 32]);
    expect(counted).toMatchObject({ runs: 2, loads: 1 });
  });

  it("forgets what other weights of LoRAs made, and comes back to it", async () => {
    const { counted, projection, text } = await countedProjection();
    for (const state of ["0", "0.5", "0"]) {
      counted.state = state;
      await projection.project(text("a"));
    }
    expect(counted.runs).toBe(2);
  });

  it("is not fooled by a text that is written into the memory of the one before", async () => {
    const { counted, projection, text } = await countedProjection();
    const buffer = text("a");
    const before = await projection.project(buffer);
    buffer.data.set(text("b").data);
    expect(await projection.project(buffer)).not.toEqual(before);
    expect(counted.runs).toBe(2);
  });

  it("tries again after a failure", async () => {
    let broken = true;
    const { projection, text } = await countedProjection(() => broken);
    await expect(projection.project(text("a"))).rejects.toThrow("out of luck");
    broken = false;
    expect(Object.keys(await projection.project(text("a")))).toContain(
      "mid_block.attentions.0.transformer_blocks.0.attn2.key",
    );
  });

  it("is left out on graphics cards, and halved with low memory", () => {
    expect(textMemory("cuda")).toBeNull();
    expect(textMemory("webgpu")).toBeNull();
    expect(textMemory("cpu")?.kept).toBe(2);
    expect(textMemory("cpu", true)?.kept).toBe(1);
  });
});
