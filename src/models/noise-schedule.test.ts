import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { chooseNoise, readNoiseSchedule, stableDiffusionNoise } from "./noise-schedule.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-schedule-"));
  file = join(folder, "scheduler_config.json");
});
afterAll(async () => await rm(folder, { recursive: true }));

/** alphas_cumprod at 0, 1, 500, 998, 999 of DDIMScheduler in diffusers 0.42.1, computed in fp32. */
const golden: [kind: string, config: object, values: number[]][] = [
  [
    "linear",
    { beta_start: 0.0001, beta_end: 0.02, beta_schedule: "linear" },
    [0.9998999834060669, 0.9997800588607788, 0.07779665291309357, 4.118194192415103e-5, 4.035830352222547e-5],
  ],
  [
    "scaled linear",
    { beta_start: 0.00085, beta_end: 0.012, beta_schedule: "scaled_linear" },
    [0.9991499781608582, 0.9982960224151611, 0.27633246779441833, 0.004716695751994848, 0.00466009508818388],
  ],
  [
    "cosine",
    { beta_schedule: "squaredcos_cap_v2" },
    [0.9999586939811707, 0.9999125599861145, 0.4922850430011749, 2.428766265438753e-6, 2.4287349909002387e-9],
  ],
  [
    "scaled linear with zero terminal SNR",
    { beta_start: 0.00085, beta_end: 0.012, beta_schedule: "scaled_linear", rescale_betas_zero_snr: true },
    [
      0.9991499781608582, 0.9982334971427917, 0.24101854860782623, 1.9679629303936963e-7,
      5.960464477539063e-8,
    ],
  ],
];

describe("the noise schedule", () => {
  it.each(golden)("%s equals diffusers'", async (_, config, values) => {
    await writeFile(file, JSON.stringify(config));
    const { alphasCumprod } = await readNoiseSchedule(file);
    [0, 1, 500, 998, 999].forEach((timestep, i) => {
      expect(alphasCumprod[timestep]! / values[i]!).toBeCloseTo(1, 4);
    });
  });

  it("with zero terminal SNR ends just above zero", async () => {
    await writeFile(file, JSON.stringify({ beta_schedule: "scaled_linear", rescale_betas_zero_snr: true }));
    const { alphasCumprod } = await readNoiseSchedule(file);
    expect(alphasCumprod[999]).toBe(2 ** -24);
    expect(alphasCumprod.every((value, t) => t === 0 || value < alphasCumprod[t - 1]!)).toBe(true);
  });

  it("takes betas from the file when it lists them", async () => {
    await writeFile(file, JSON.stringify({ trained_betas: [0.5, 0.5, 0.25], num_train_timesteps: 3 }));
    expect(await readNoiseSchedule(file)).toEqual({
      prediction: "epsilon",
      alphasCumprod: Float64Array.of(0.5, 0.25, 0.1875),
      stepsOffset: 0,
    });
  });

  it.each([
    [
      "FlowMatchEulerDiscreteScheduler",
      { num_train_timesteps: 1000, shift: 3, use_dynamic_shifting: false },
      3,
    ],
    ["UniPCMultistepScheduler", { prediction_type: "flow_prediction", flow_shift: 2.5 }, 2.5],
    ["DPMSolverMultistepScheduler", { prediction_type: "flow_prediction" }, 1],
  ])("knows a model of flow matching by its %s", async (_class_name, config, flowShift) => {
    await writeFile(file, JSON.stringify({ _class_name, ...config }));
    expect(await readNoiseSchedule(file)).toMatchObject({ prediction: "flow", flowShift });
  });

  it("leaves the shift alone that schedulers for all kinds of models mention", async () => {
    await writeFile(file, JSON.stringify({ prediction_type: "v_prediction", flow_shift: 1 }));
    const schedule = await readNoiseSchedule(file);
    expect(schedule.prediction).toBe("v_prediction");
    expect(schedule.flowShift).toBeUndefined();
  });

  it.each([
    [
      "levels that depend on the size",
      { shift: 3, use_dynamic_shifting: true },
      "`use_dynamic_shifting` lets the noise levels depend on the size, which is not run (Set",
    ],
    ["a shift of zero", { shift: 0 }, "`shift`"],
    ["betas of another number", { trained_betas: [0.5] }, "`trained_betas` has 1 entries, expected 1000"],
    ["an unknown beta schedule", { beta_schedule: "sigmoid" }, "`beta_schedule`"],
    [
      "a prediction of the picture itself",
      { prediction_type: "sample" },
      '`prediction_type`: expected one of "epsilon"|"v_prediction"',
    ],
    ["a million timesteps", { num_train_timesteps: 1e6 }, "`num_train_timesteps`"],
    ["a negative beta", { beta_start: -1 }, "`beta_start`"],
  ])("is refused with %s", async (_, config, message) => {
    await writeFile(file, JSON.stringify(config));
    expect(await modelErrorOf(readNoiseSchedule(file))).toContain(message);
  });
});

describe("the user's word", () => {
  it("stands in for the files'", async () => {
    const schedule = stableDiffusionNoise();
    expect(chooseNoise(schedule, {})).toEqual(schedule);
    expect(chooseNoise(schedule, { prediction: "v_prediction" }).prediction).toBe("v_prediction");
    expect(chooseNoise(schedule, { prediction: "flow" })).toEqual({
      ...schedule,
      prediction: "flow",
      flowShift: 1,
    });
    const flow = chooseNoise(schedule, { prediction: "flow", flowShift: 3 });
    expect(chooseNoise(flow, {})).toEqual(flow);
    expect(chooseNoise(flow, { flowShift: 5 }).flowShift).toBe(5);
    expect(chooseNoise(flow, { prediction: "epsilon" })).toEqual(schedule);
  });

  it("is refused where it says nothing", () => {
    expect(() => chooseNoise(stableDiffusionNoise(), { flowShift: 3 })).toThrow(
      "it is for models of flow matching, and this one predicts epsilon",
    );
  });
});
