/** The weights of a model's LoRAs, as its graphs take them. */

import { RenderError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { loraInput } from "./lora.ts";
import type { LoraWeight } from "./model.ts";
import type { Session } from "./session.ts";

export interface LoraDial {
  /** Sets all weights; LoRAs that are not named get 0. Holds for every run until the next call. Throws RenderError for an unknown name. */
  set(weights: readonly LoraWeight[]): void;
  /** Tells settings of the text encoders apart, for those who remember embeddings. */
  textState(): string;
  /** The same for the UNet, for those who remember what it made of a text. */
  unetState(): string;
  /** The session with the weights fed to the inputs that its graph has for them. */
  connect(session: Session): Session;
}

/**
 * All weights at 0.
 *
 * @param names in the order of the graph inputs, see {@link loraInput}
 */
export function createLoraDial(names: readonly string[]): LoraDial {
  const inputs = new Map<string, Tensor>();
  let textState = "";
  let unetState = "";
  set([]);
  return { set, textState: () => textState, unetState: () => unetState, connect };

  function set(weights: readonly LoraWeight[]): void {
    const unknown = weights.find(({ name }) => !names.includes(name));
    if (unknown) throw new RenderError(`the model was opened without the LoRA \`${unknown.name}\``);
    const all = names.map((name, index) => {
      const { weight = 0, textWeight = 0 } = weights.find((candidate) => candidate.name === name) ?? {};
      inputs.set(loraInput(index, "unet"), scalar(weight));
      inputs.set(loraInput(index, "text"), scalar(textWeight));
      return { weight, textWeight };
    });
    textState = all.map(({ textWeight }) => textWeight).join(" ");
    unetState = all.map(({ weight }) => weight).join(" ");
  }

  function connect(session: Session): Session {
    const own = session.inputNames.filter((name) => inputs.has(name));
    if (own.length === 0) return session;
    return {
      ...session,
      run: (given) =>
        session.run({ ...given, ...Object.fromEntries(own.map((name) => [name, inputs.get(name)!])) }),
    };
  }
}

function scalar(value: number): Tensor {
  return { dims: [1], data: Float32Array.of(value) };
}
