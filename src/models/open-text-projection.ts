/** Keys and values of texts, computed once and remembered over steps and frames for as long as text and LoRAs stay. */

import type { Tensor } from "../tensor/tensor.ts";
import type { Provider } from "./device.ts";
import { result, type LoadGraph } from "./session.ts";
import { sessionCache } from "./session-cache.ts";
import { buildTextProjection, keyInput, valueInput, type CrossAttention } from "./text-projection.ts";
import type { Weights } from "./weights.ts";

/** How much is remembered. */
export interface TextMemory {
  /** Texts, or batches of them, at least 1. With guidance, one takes 15 MB in Stable Diffusion 1.5 and 102 MB in SDXL. */
  readonly kept: number;
  /** Tells settings of the LoRAs apart. */
  readonly state: () => string;
}

/** Words that alternate from step to step, `[cow|horse]`, make two texts. */
const KEPT_TEXTS = 2;

/**
 * How much the networks on a device shall remember.
 *
 * @param state tells settings of the LoRAs apart; default: there are none
 * @returns null on graphics cards: results come back to the processor's memory, and sending them there at each step takes longer than
 *   computing them anew
 */
export function textMemory(
  provider: Provider,
  lowMemory = false,
  state: () => string = () => "",
): TextMemory | null {
  if (provider !== "cpu") return null;
  return { kept: lowMemory ? 1 : KEPT_TEXTS, state };
}

export interface TextProjection {
  /**
   * Keys and values of all cross-attentions.
   *
   * @param text `[batch, tokens, textWidth]`
   * @returns inputs for a graph built with `projectedText`, `[batch, tokens, channels]` each
   * @throws ModelError when the session does not open, RenderError when ONNX Runtime fails
   */
  project(text: Tensor): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

/** The layers that read the text, and where their weights are. */
export interface ProjectedNetwork {
  readonly weights: Weights;
  readonly attentions: readonly CrossAttention[];
}

interface Entry {
  readonly text: Tensor;
  readonly state: string;
  readonly projected: Promise<Readonly<Record<string, Tensor>>>;
}

/** @param name of the network, for messages: `UNet` */
export function openTextProjection(
  name: string,
  { weights, attentions }: ProjectedNetwork,
  load: LoadGraph,
  { kept, state }: TextMemory,
): TextProjection {
  // One session for texts of all lengths and numbers.
  const sessions = sessionCache(1);
  // Most recently used last.
  let entries: readonly Entry[] = [];

  return {
    async project(text) {
      const now = state();
      const known = entries.find((entry) => entry.state === now && isSame(entry.text, text));
      // A copy: whoever owns the text may write the next one into the same memory.
      const entry = known ?? { text: copy(text), state: now, projected: compute(text) };
      entries = [...entries.filter((other) => other !== entry), entry].slice(-kept);
      // One that failed is not kept, so that the next call tries again.
      entry.projected.catch(() => (entries = entries.filter((other) => other !== entry)));
      return await entry.projected;
    },
    async release() {
      entries = [];
      await sessions.release();
    },
  };

  async function compute({ dims, data }: Tensor): Promise<Readonly<Record<string, Tensor>>> {
    if (attentions.length === 0) return {};
    const [batch = 0, tokens = 0, textWidth = 0] = dims;
    const rows = { dims: [batch * tokens, textWidth], data };
    const build = (): Uint8Array => buildTextProjection(attentions, weights, textWidth);
    return await sessions.use(
      "all",
      () => load(`${name}'s reader of texts`, build(), weights.path),
      async (session) => {
        const results = await session.run({ text: rows });
        const inputs = attentions.flatMap(({ path, channels }) =>
          [keyInput(path), valueInput(path)].map((input) => {
            const { data: values } = result(results, input);
            return [input, { dims: [batch, tokens, channels], data: values }] as const;
          }),
        );
        return Object.fromEntries(inputs);
      },
    );
  }
}

function isSame(one: Tensor, other: Tensor): boolean {
  return one.dims.join() === other.dims.join() && bytesOf(one).equals(bytesOf(other));
}

function bytesOf({ data }: Tensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function copy({ dims, data }: Tensor): Tensor {
  return { dims, data: data.slice() };
}
