import { describe, expect, it } from "vitest";
import { AnimateError } from "../../errors.ts";
import { SAMPLER_NAMES } from "../../settings/sampler-names.ts";
import { requireFlowSampler } from "./flow-samplers.ts";
import { PLAIN_SAMPLING } from "./tuning.ts";

function refusal(sampler: string, churn = 0, place?: string): AnimateError | undefined {
  try {
    requireFlowSampler(
      { sampler, sampling: { ...PLAIN_SAMPLING, s_churn: churn } },
      place === undefined ? undefined : (setting) => `${place} ${setting}`,
    );
    return undefined;
  } catch (error) {
    if (error instanceof AnimateError) return error;
    throw error;
  }
}

describe("samplers for models of flow matching", () => {
  it("are Euler and Heun on the model's own levels, and no others", () => {
    expect(SAMPLER_NAMES.filter((name) => refusal(name) === undefined)).toEqual(["euler", "heun"]);
  });

  it("go by their names in diffusers, too", () => {
    expect(refusal("FlowMatchEulerDiscreteScheduler")).toBeUndefined();
    expect(refusal("flow_match_heun")).toBeUndefined();
  });

  it("are asked for with their place and the way out", () => {
    const error = refusal("dpmpp_2m_karras", 0, "a.yaml:3:10");
    expect(error?.where).toBe("a.yaml:3:10 sampler");
    expect(error?.message).toBe(
      "DPM++ 2M Karras cannot walk a model of flow matching, expected euler or heun",
    );
    expect(error?.hint).toContain("sampler: euler");
  });

  it("add no churn", () => {
    expect(refusal("euler", 2, "a.yaml:9:3")?.where).toBe("a.yaml:9:3 sampling.s_churn");
    expect(refusal("euler", 2)?.message).toContain("found 2, expected 0");
    expect(refusal("euler", 2)?.where).toBe("sampling.s_churn");
  });
});
