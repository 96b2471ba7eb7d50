import { describe, expect, it } from "vitest";
import { planGolden, standIn } from "../../test/support/loop-stand-in.ts";
import { estimateFlow } from "../flow/estimate.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { sha256 } from "./chain.ts";
import {
  INITIAL_STATE,
  type LoopOptions,
  type Paint,
  type RenderedFrame,
  renderFrames,
} from "./frame-loop.ts";

const base = await readPngBytes(
  new URL("../../test/fixtures/deforum/loop/base.png", import.meta.url).pathname,
);

const OPTIONS: LoopOptions = {
  feedback: { mode: "2d", colorMatch: "none" },
  cadence: 1,
  initImage: null,
  colors: { mode: "first" },
  signal: new AbortController().signal,
};

/** Gives the same picture again for the same plan, as a model does, and notes which frames it was asked for. */
function repeatable(asked: number[] = []): Paint {
  return async (init, frame) => {
    asked.push(frame.frame);
    const shifted = init && { ...init, data: init.data.map((value) => (value + (frame.seed % 7) / 9) / 2) };
    return await standIn(base)(shifted, frame);
  };
}

async function collect(
  plan: readonly FramePlan[],
  options: Partial<LoopOptions> = {},
  state = INITIAL_STATE,
  paint = repeatable(),
): Promise<RenderedFrame[]> {
  const all: RenderedFrame[] = [];
  for await (const frame of renderFrames(plan, state, paint, { ...OPTIONS, ...options })) all.push(frame);
  return all;
}

function hashes(rendered: readonly RenderedFrame[]): string[] {
  return rendered.map(({ image }) => sha256(image.data));
}

const KEYED = {
  prompts: { 0: "a", 3: "b", 9: "c", 11: "d" },
  keyframe_distribution: "keyframes_only",
  strength: 0.5,
};

describe("a loop over frames that prompts decide on", () => {
  it("asks the model at the keys of prompts only, and fades from one to the next in between", async () => {
    const asked: number[] = [];
    const plan = planGolden(14, KEYED);
    const rendered = await collect(plan, {}, INITIAL_STATE, repeatable(asked));
    expect(asked).toEqual([0, 3, 9, 11]);
    expect(new Set(hashes(rendered)).size).toBe(14);
    // At the end of a block the newer picture stands alone.
    for (const end of [2, 8, 10, 13]) {
      expect(rendered[end]!.image).toEqual(rendered[end]!.state.newer);
    }
    expect(rendered[5]!.image).not.toEqual(rendered[5]!.state.newer);
  });

  it("is the loop of an even cadence where the keys are as even", async () => {
    const prompts = { 0: "a", 4: "b", 8: "c" };
    const even = await collect(planGolden(12, { prompts, cadence: 4 }), { cadence: 4 });
    const keyed = await collect(planGolden(12, { ...KEYED, strength: 0.65, prompts }));
    expect(hashes(keyed)).toEqual(hashes(even));
    const moved = planGolden(12, { prompts, cadence: 4, keyframe_distribution: "redistributed" });
    expect(hashes(await collect(moved, { cadence: 4 }))).toEqual(hashes(even));
  });

  it.each([true, false])(
    "goes on from wherever it can to the same bytes, exact: %s",
    async (deforumExact) => {
      const plan = planGolden(14, { ...KEYED, flow: { cadence: "dis_medium" } });
      const options: Partial<LoopOptions> = {
        feedback: { ...OPTIONS.feedback, deforumExact },
        findTweenFlow: (previous, next) => estimateFlow("dis_medium", previous, next),
      };
      const whole = await collect(plan, options);
      const resumable = whole.filter((frame) => frame.resumable);
      expect(resumable.length).toBeGreaterThanOrEqual(4);
      for (const { state } of resumable) {
        expect(hashes(await collect(plan, options, state))).toEqual(hashes(whole).slice(state.nextFrame));
      }
    },
  );
});
