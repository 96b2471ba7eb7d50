import { describe, expect, it } from "vitest";
import { type ChainBasis, hashBasis } from "./chain.ts";
import { diffPlan, type PlanState, type Reason } from "./diff-plan.ts";
import { diffValues, type Values } from "./diff-values.ts";

const NONE = { before: new Map<string, string>(), now: new Map<string, string>() };
const MODEL = {
  before: new Map([["a".repeat(64), "model hero"]]),
  now: new Map([["b".repeat(64), "model hero"]]),
};

describe("diffValues", () => {
  it.each<[Values, Values, string[]]>([
    [{ motion: { zoom: 1.02, angle: 1 } }, { motion: { zoom: 1.05, angle: 1 } }, ["motion.zoom 1.02 → 1.05"]],
    [{ seed: 7 }, { seed: 8 }, ["seed 7 → 8"]],
    [{ frame: 3 }, { frame: 4 }, []],
    [{}, { guidance_rescale: 0.7 }, ["guidance_rescale default → 0.7"]],
    [{ strength: 1 / 3 }, { strength: 2 / 3 }, ["strength 0.333333 → 0.666667"]],
    [{ diffuse: true }, { diffuse: false }, ["drawn by the model on → off"]],
    [
      { prompts: [{ text: "a hero", weight: 1 }] },
      { prompts: [{ text: "a dragon", weight: 1 }] },
      ["text of prompt"],
    ],
    [
      { prompts: [{ text: "a", weight: 1 }] },
      { prompts: [{ text: "a", weight: 0.5 }] },
      ["shares of prompts"],
    ],
    [{ negativePrompt: "" }, { negativePrompt: "fog" }, ["text of negative prompt"]],
    [{ inputs: ["1", null] }, { inputs: ["2", null] }, ["a picture that it reads has other contents"]],
    [
      { size: { width: 512, height: 512 } },
      { size: { width: 640, height: 512 } },
      ["size 512×512 → 640×512"],
    ],
    [{ mask: "x".repeat(60) }, { mask: "y" }, ["mask"]],
    [{ model: "a".repeat(64) }, { model: "b".repeat(64) }, ["model hero has other contents"]],
    [{ initImage: "c".repeat(64) }, { initImage: "d".repeat(64) }, ["init.image has other contents"]],
    [{ initImage: null }, { initImage: "d".repeat(64) }, ["init.image none → a file"]],
    [{ controlnet: [{ weight: 1 }] }, { controlnet: [{ weight: 0.5 }] }, ["controlnet.0.weight 1 → 0.5"]],
  ])("%j, %j", (before, now, expected) => {
    const texts = diffValues(before, now, MODEL).map(
      ({ what, values }) => `${what}${values ? ` ${values}` : ""}`,
    );
    expect(texts).toEqual(expected);
  });
});

/** A part whose frames have these zooms, from a frame on. */
function part(
  zooms: readonly number[],
  first = 0,
  facts: Values = { size: { width: 64, height: 64 } },
): ChainBasis {
  return { facts, frames: zooms.map((zoom, i) => ({ frame: first + i, motion: { zoom } })) };
}

function backward(zooms: readonly number[]): ChainBasis {
  const { facts, frames } = part(zooms);
  return { facts, frames: frames.toReversed() };
}

/** A plan of parts that depend on no other. */
function inParts(...parts: readonly ChainBasis[]): ChainBasis {
  const [{ facts }, ...others] = parts as [ChainBasis, ...ChainBasis[]];
  let place = parts[0]!.frames.length;
  const begins: Record<number, Values> = {};
  for (const { facts: otherFacts, frames } of others) {
    begins[place] = otherFacts;
    place += frames.length;
  }
  return { facts, frames: parts.flatMap(({ frames }) => frames), begins };
}

function journalOf(basis: ChainBasis): PlanState["journal"] {
  return hashBasis(basis).map((chain, place) => ({ frame: basis.frames[place]!["frame"] as number, chain }));
}

function reasonsOf(before: ChainBasis | undefined, now: ChainBasis, changes: Partial<PlanState> = {}) {
  const journal = changes.journal ?? journalOf(before!);
  const known = new Set(journal.map(({ chain }) => chain));
  const isFinished = hashBasis(now).map((hash) => known.has(hash));
  const { render, reasons } = diffPlan({ now, before, journal, isFinished, names: NONE, ...changes });
  return { render, reasons: reasons.map(({ frames, why }: Reason) => `${frames}: ${why}`) };
}

const SIX = [1, 1, 1, 1, 1, 1];

describe("diffPlan", () => {
  it("has nothing to render where nothing is another one", () => {
    expect(reasonsOf(part(SIX), part(SIX))).toEqual({ render: [], reasons: [] });
  });

  it("names the frames that an edit changes, and those that follow", () => {
    const now = part([1, 1, 1.05, 1, 1, 1]);
    expect(reasonsOf(part(SIX), now)).toEqual({
      render: [2, 3, 4, 5],
      reasons: ["2: motion.zoom 1 → 1.05", "3–5: follow from 2"],
    });
  });

  it("joins neighbors by what changed, with the first values", () => {
    const now = part([1, 1, 1.1, 1.2, 1, 1.3]);
    expect(reasonsOf(part(SIX), now).reasons).toEqual([
      "2–3: motion.zoom 1 → 1.1 at 2",
      "4: follow from 3",
      "5: motion.zoom 1 → 1.3",
    ]);
  });

  it("says once what all frames share", () => {
    const now = part(SIX, 0, { size: { width: 96, height: 64 } });
    expect(reasonsOf(part(SIX), now)).toEqual({
      render: [0, 1, 2, 3, 4, 5],
      reasons: ["all: size 64×64 → 96×64"],
    });
  });

  it("finds damaged frames alone, and frames that are not there yet", () => {
    const parts = part(SIX);
    const isFinished = [true, true, false, true, true, true];
    expect(reasonsOf(parts, parts, { isFinished })).toEqual({
      render: [2],
      reasons: ["2: its file is damaged or missing"],
    });
    const longer = part([...SIX, 1, 1]);
    expect(reasonsOf(parts, longer).reasons).toEqual(["6–7: not rendered yet"]);
    const journal = journalOf(parts).slice(0, 4);
    expect(reasonsOf(parts, parts, { journal }).reasons).toEqual(["4–5: not rendered yet"]);
  });

  it("names the shot that is put in or taken away", () => {
    const [whole, cut] = [part(SIX), inParts(part([1, 1, 1, 1]), part([1, 1], 4))];
    expect(reasonsOf(whole, cut)).toEqual({ render: [4, 5], reasons: ["4–5: a shot begins at 4"] });
    expect(reasonsOf(cut, whole)).toEqual({
      render: [4, 5],
      reasons: ["4–5: no shot begins at 4 any more"],
    });
  });

  it("does not call frames changed that were never rendered", () => {
    const journal = journalOf(part(SIX)).slice(0, 3);
    const now = part([1, 1.1, 1, 1, 1, 1]);
    expect(reasonsOf(part(SIX), now, { journal }).reasons).toEqual([
      "1: motion.zoom 1 → 1.1",
      "2: follow from 1",
      "3–5: not rendered yet",
    ]);
  });

  it("keeps the parts apart that depend on no other", () => {
    const before = inParts(part([1, 1, 1]), part([1, 1, 1], 3));
    const now = inParts(part([1, 1, 1]), part([1, 1.5, 1], 3));
    expect(reasonsOf(before, now)).toEqual({
      render: [4, 5],
      reasons: ["4: motion.zoom 1 → 1.5", "5: follow from 4"],
    });
    const other = inParts(
      part([1, 1, 1]),
      part([1, 1, 1], 3, { size: { width: 64, height: 64 }, sampler: "heun" }),
    );
    expect(reasonsOf(before, other).reasons).toEqual(["3: sampler default → heun", "4–5: follow from 3"]);
  });

  it("counts frames as they are played, also of a plan that runs backward", () => {
    expect(reasonsOf(backward(SIX), backward([1, 1, 1.5, 1, 1, 1]))).toEqual({
      render: [0, 1, 2],
      reasons: ["0–1: follow from 2", "2: motion.zoom 1 → 1.5"],
    });
  });

  it("says so where the earlier plan is not known", () => {
    const journal = journalOf(part([2, 2]));
    expect(reasonsOf(undefined, part([1, 1, 1]), { journal }).reasons).toEqual([
      "0–1: made by another plan",
      "2: not rendered yet",
    ]);
  });
});
