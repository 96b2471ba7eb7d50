/** The noise levels a model was trained with, from its scheduler_config.json. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import { readConfig } from "./config.ts";
import type { Prediction } from "./model.ts";

const shiftSchema = z.number().positive().max(1000);

/**
 * The file describes the sampler that the author preferred, too; which sampler runs is the user's choice here, so its options are let through.
 * Defaults are those that diffusers' schedulers share.
 */
const schema = z.object({
  beta_start: z.number().positive().max(1).default(0.0001),
  beta_end: z.number().positive().max(1).default(0.02),
  beta_schedule: z.enum(["linear", "scaled_linear", "squaredcos_cap_v2"]).default("linear"),
  num_train_timesteps: z.int().min(2).max(100_000).default(1000),
  flow_shift: shiftSchema.optional(),
  prediction_type: z.enum(["epsilon", "v_prediction", "flow_prediction"]).default("epsilon"),
  rescale_betas_zero_snr: z.boolean().default(false),
  steps_offset: z.int().min(0).max(10).default(0),
  shift: shiftSchema.optional(),
  use_dynamic_shifting: z.boolean().default(false),
  trained_betas: z.array(z.number().min(0).max(1)).nullable().default(null),
});

export interface NoiseSchedule {
  readonly prediction: Prediction;
  /** See `ModelInfo.flowShift`. */
  readonly flowShift?: number;
  readonly alphasCumprod: Float64Array;
  readonly stepsOffset: number;
}

/** Largest beta of the cosine schedule (Nichol & Dhariwal 2021). */
const MAX_COSINE_BETA = 0.999;
/** Instead of 0 at the last timestep of zero-SNR models, so that its sigma, 4096, is finite (diffusers' EulerDiscreteScheduler). */
const SMALLEST_ALPHA_CUMPROD = 2 ** -24;

/** Reads `scheduler/scheduler_config.json`. @throws ModelError */
export async function readNoiseSchedule(file: string): Promise<NoiseSchedule> {
  return toNoiseSchedule(await readConfig(file, schema), file);
}

/** The schedule that all Stable Diffusion families up to XL were trained with; models that differ say how. */
export function stableDiffusionNoise(
  differences: { readonly velocity?: boolean; readonly zeroSnr?: boolean } = {},
): NoiseSchedule {
  const { velocity = false, zeroSnr = false } = differences;
  const config = schema.parse({
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: "scaled_linear",
    prediction_type: velocity ? "v_prediction" : "epsilon",
    rescale_betas_zero_snr: zeroSnr,
    steps_offset: 1,
  });
  return toNoiseSchedule(config, "Stable Diffusion");
}

/** What a user says that the files do not. */
export interface NoiseChoice {
  readonly prediction?: Prediction | undefined;
  readonly flowShift?: number | undefined;
}

/**
 * The schedule with the user's word in place of the files'.
 *
 * @throws ModelError for a shift where nothing is shifted
 */
export function chooseNoise(
  { flowShift: ownShift = 1, ...schedule }: NoiseSchedule,
  { prediction = schedule.prediction, flowShift }: NoiseChoice,
): NoiseSchedule {
  if (prediction === "flow") return { ...schedule, prediction, flowShift: flowShift ?? ownShift };
  if (flowShift === undefined) return { ...schedule, prediction };
  throw new ModelError(`it is for models of flow matching, and this one predicts ${prediction}`, {
    where: "flow_shift",
    hint: "Leave flow_shift out; or say `prediction: flow` if the model was trained so and its files do not tell.",
  });
}

function toNoiseSchedule(config: z.output<typeof schema>, file: string): NoiseSchedule {
  const count = config.num_train_timesteps;
  if (config.trained_betas !== null && config.trained_betas.length !== count) {
    const message = `\`trained_betas\` has ${config.trained_betas.length} entries, expected ${count} (num_train_timesteps)`;
    throw new ModelError(message, { where: file });
  }
  const betas =
    config.trained_betas ?? computeBetas(config.beta_schedule, config.beta_start, config.beta_end, count);
  const alphasCumprod = new Float64Array(count);
  let product = 1;
  for (let t = 0; t < count; t++) {
    product *= 1 - betas[t]!;
    alphasCumprod[t] = product;
  }
  if (config.rescale_betas_zero_snr) rescaleToZeroSnr(alphasCumprod);
  return { ...predictionOf(config, file), alphasCumprod, stepsOffset: config.steps_offset };
}

/** Only the schedulers for flow matching have a `shift`; those that serve all kinds of models say `flow_prediction`, with `flow_shift`. */
function predictionOf(
  { prediction_type, shift, flow_shift, use_dynamic_shifting }: z.output<typeof schema>,
  file: string,
): Pick<NoiseSchedule, "prediction" | "flowShift"> {
  if (shift === undefined && prediction_type !== "flow_prediction") return { prediction: prediction_type };
  if (use_dynamic_shifting) {
    throw new ModelError(
      "`use_dynamic_shifting` lets the noise levels depend on the size, which is not run",
      {
        where: file,
        hint: "Set use_dynamic_shifting to false in the file, and say `flow_shift` in the schedule.",
      },
    );
  }
  return { prediction: "flow", flowShift: shift ?? flow_shift ?? 1 };
}

function computeBetas(
  kind: "linear" | "scaled_linear" | "squaredcos_cap_v2",
  start: number,
  end: number,
  count: number,
): number[] {
  const share = Array.from({ length: count }, (_, i) => i / (count - 1));
  if (kind === "linear") return share.map((s) => start + s * (end - start));
  if (kind === "scaled_linear") {
    return share.map((s) => (Math.sqrt(start) + s * (Math.sqrt(end) - Math.sqrt(start))) ** 2);
  }
  return share.map((_, i) =>
    Math.min(1 - cosineAlpha((i + 1) / count) / cosineAlpha(i / count), MAX_COSINE_BETA),
  );
}

function cosineAlpha(time: number): number {
  return Math.cos(((time + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
}

/** Shifts and scales √ᾱ so that the last is 0 and the first stays (Lin et al. 2023, algorithm 1). */
function rescaleToZeroSnr(alphasCumprod: Float64Array): void {
  const first = Math.sqrt(alphasCumprod[0]!);
  const last = Math.sqrt(alphasCumprod.at(-1)!);
  for (let t = 0; t < alphasCumprod.length; t++) {
    alphasCumprod[t] = (((Math.sqrt(alphasCumprod[t]!) - last) * first) / (first - last)) ** 2;
  }
  alphasCumprod[alphasCumprod.length - 1] = SMALLEST_ALPHA_CUMPROD;
}
