/** Runs the networks of a model on given tensors, so that anyone can compare them with another implementation. */

import { ModelError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { DiffusionModel, TextEmbedding } from "./model.ts";
import { readFloats, readIntegers, type SafetensorsFile } from "./safetensors.ts";

/** What some UNets take besides. */
const OPTIONAL = ["unet.text_embeds", "unet.guidance_scale"] as const;

/** The inputs of each run, in the order of the runs. */
const RUNS = {
  text: ["text.input_ids"],
  text2: ["text2.input_ids"],
  unet: ["unet.sample", "unet.timestep", "unet.encoder_hidden_states"],
  encoder: ["vae.image"],
  decoder: ["vae.latents"],
} as const;

export interface ProbeResult {
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Tensors of the file that no network took. */
  readonly unused: readonly string[];
}

/**
 * Runs each network whose inputs are there. Names and meanings are those of diffusers' modules; nothing is scaled.
 *
 * | inputs | output |
 * |---|---|
 * | `text.input_ids` I64 `[batch, positions]` | `text.last_hidden_state` `[batch, positions, width]` (SDXL: the state before the last layer), `text.text_embeds` when the encoder projects |
 * | `unet.sample` `[batch, 4, h, w]`, `unet.timestep` one number (or equal ones), `unet.encoder_hidden_states` `[batch, tokens, width]` | `unet.out` `[batch, 4, h, w]` |
 * | `text2.input_ids`: the same for the second encoder of SDXL | `text2.last_hidden_state`, `text2.text_embeds` |
 * | `unet.text_embeds` `[batch, width]` for SDXL; `unet.guidance_scale`, one number, for latent consistency models | |
 * | `vae.image` `[batch, 3, h, w]`, −1 … 1 | `vae.mean` `[batch, 4, h/8, w/8]` |
 * | `vae.latents` `[batch, 4, h, w]` | `vae.decode` `[batch, 3, 8h, 8w]` |
 *
 * @throws ModelError when the file has no input, or only some of the UNet's
 * @throws RenderError when shapes do not fit the model
 */
export async function probeModel(model: DiffusionModel, inputs: SafetensorsFile): Promise<ProbeResult> {
  const outputs = new Map<string, Tensor>();
  if (isGiven(inputs, RUNS.text)) {
    const ids = await readIntegers(inputs, "text.input_ids");
    setStates(outputs, "text", await model.encodeText(ids, 0));
  }
  if (isGiven(inputs, RUNS.text2)) {
    if (model.info.textEncoders.length < 2) {
      throw new ModelError("`text2.input_ids` is for models with two text encoders", { where: inputs.path });
    }
    setStates(outputs, "text2", await model.encodeText(await readIntegers(inputs, "text2.input_ids"), 0, 1));
  }
  if (isGiven(inputs, RUNS.unet)) {
    const sample = await readFloats(inputs, "unet.sample");
    const states = await readFloats(inputs, "unet.encoder_hidden_states");
    const pooled = await readOptional(inputs, "unet.text_embeds");
    const guidanceScale = (await readOptional(inputs, "unet.guidance_scale"))?.data[0];
    const text = pooled ? { ...states, pooled } : states;
    const extras = guidanceScale === undefined ? {} : { guidanceScale };
    outputs.set("unet.out", await model.predict(sample, await readTimestep(inputs), text, extras));
  }
  if (isGiven(inputs, RUNS.encoder)) {
    const { mean } = await model.encodeImage(await readFloats(inputs, "vae.image"));
    outputs.set("vae.mean", mean);
  }
  if (isGiven(inputs, RUNS.decoder)) {
    outputs.set("vae.decode", await model.decodeLatents(await readFloats(inputs, "vae.latents")));
  }
  const known: readonly string[] = [...Object.values(RUNS).flat(), ...OPTIONAL];
  if (outputs.size === 0) {
    throw new ModelError("there is no input for any network", {
      where: inputs.path,
      hint: `Give some of the tensors ${known.join(", ")}.`,
    });
  }
  return { outputs, unused: [...inputs.tensors.keys()].filter((name) => !known.includes(name)) };
}

function setStates(outputs: Map<string, Tensor>, part: string, { pooled, ...states }: TextEmbedding): void {
  outputs.set(`${part}.last_hidden_state`, states);
  if (pooled) outputs.set(`${part}.text_embeds`, pooled);
}

async function readOptional(
  inputs: SafetensorsFile,
  name: (typeof OPTIONAL)[number],
): Promise<Tensor | undefined> {
  return inputs.tensors.has(name) ? await readFloats(inputs, name) : undefined;
}

function isGiven({ path, tensors }: SafetensorsFile, names: readonly string[]): boolean {
  const missing = names.filter((name) => !tensors.has(name));
  if (missing.length > 0 && missing.length < names.length) {
    throw new ModelError(`\`${missing.join("`, `")}\` is missing`, {
      where: path,
      hint: `The UNet takes ${names.join(", ")} together.`,
    });
  }
  return missing.length === 0;
}

/** Scripts write timesteps as floats or whole numbers, alone or once per picture of the batch. */
async function readTimestep(inputs: SafetensorsFile): Promise<number> {
  const isWhole = inputs.tensors.get("unet.timestep")?.type.startsWith("I") === true;
  const { data } = await (isWhole ? readIntegers : readFloats)(inputs, "unet.timestep");
  const [timestep, ...others] = new Set(Array.from(data, Number));
  if (timestep === undefined || others.length > 0) {
    const found = timestep === undefined ? 0 : others.length + 1;
    throw new ModelError(`\`unet.timestep\` has ${found} different values, expected one number`, {
      where: inputs.path,
      hint: "Run pictures of different timesteps one after the other.",
    });
  }
  return timestep;
}
