import { describe, expect, it } from "vitest";
import { inRenderOrder } from "../schedule/render-order.ts";
import { planFrames } from "../schedule/plan.ts";
import { independentParts } from "../schedule/shots.ts";
import { loadSettings } from "../settings/load.ts";
import { chainHashes, hashBasis } from "./chain.ts";
import { runBasis } from "./run-basis.ts";
import { runFacts } from "./run-facts.ts";

const MODEL = { hash: "0".repeat(64), provider: "cpu" };
const START = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };

function hashesOf(changes: object, initImage = START): Map<number, string> {
  const text = JSON.stringify({ prompts: { 0: "a", 4: "b", 9: "c" }, seed: 7, frames: 12, ...changes });
  const { settings } = loadSettings({ file: "film.yaml", text });
  const plan = inRenderOrder(planFrames(settings), settings);
  const parts = independentParts(plan, settings);
  const opened = { model: MODEL, initImage };
  const chain = hashBasis(runBasis({ settings, plan, parts, opened, moreFacts: {}, inputs: undefined }));
  return new Map(plan.map(({ frame }, place) => [frame, chain[place]!]));
}

/** Frames whose hash is another one. */
function changed(before: Map<number, string>, after: Map<number, string>): number[] {
  return [...before.keys()]
    .filter((frame) => before.get(frame) !== after.get(frame))
    .toSorted((a, b) => a - b);
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("the hashes of a run", () => {
  it("are those of one chain without shots", () => {
    const text = JSON.stringify({ prompts: "a", seed: 7, frames: 5 });
    const { settings } = loadSettings({ file: "film.yaml", text });
    const plan = planFrames(settings);
    const opened = { model: MODEL, initImage: START };
    const parts = independentParts(plan, settings);
    const basis = runBasis({ settings, plan, parts, opened, moreFacts: { more: 1 }, inputs: undefined });
    expect(hashBasis(basis)).toEqual(chainHashes({ ...runFacts(settings, plan, opened), more: 1 }, plan));
  });

  it("change to the end of a shot, and no further", () => {
    const shots = { shots: [4, 9] };
    const edit = { prompts: { 0: "a", 4: "b", 6: "edited", 9: "c" } };
    expect(changed(hashesOf(shots), hashesOf({ ...shots, ...edit }))).toEqual([6, 7, 8]);
    expect(changed(hashesOf({}), hashesOf(edit))).toEqual(range(6, 12));
    const backward = { ...shots, reverse: true };
    const before = hashesOf(backward);
    expect(changed(before, hashesOf({ ...backward, noise: { amount: { 0: 0, 6: 0.5, 7: 0 } } }))).not.toEqual(
      [],
    );
    expect(changed(before, hashesOf({ ...backward, guidance_scale: { 0: 7, 5: 7, 6: 8, 7: 7 } }))).toEqual([
      4, 5, 6,
    ]);
  });

  it("keep those of the frames before the first shot that is put in", () => {
    expect(changed(hashesOf({}), hashesOf({ shots: [4] }))).toEqual(range(4, 12));
    expect(changed(hashesOf({ shots: [4] }), hashesOf({ shots: [4, 9] }))).toEqual([9, 10, 11]);
  });

  it("leave the start picture and the first frame's sampler to the first shot", () => {
    const other = { ...START, data: Uint8Array.of(9, 9, 9) };
    const shots = { shots: [4] };
    expect(changed(hashesOf(shots), hashesOf(shots, other))).toEqual([0, 1, 2, 3]);
    const samplers = (first: string) => ({ ...shots, sampler: { 0: first, 4: "ddim" } });
    expect(changed(hashesOf(samplers("euler")), hashesOf(samplers("heun")))).toEqual([0, 1, 2, 3]);
  });

  it("change at the edited frame alone where each frame is drawn by itself", () => {
    const mode = { mode: "interpolation", prompts: "a" };
    const edit = { guidance_scale: { 0: 7, 5: 7, 6: 8, 7: 7 } };
    expect(changed(hashesOf(mode), hashesOf({ ...mode, ...edit }))).toEqual([6]);
    const backward = { ...mode, reverse: true };
    expect(changed(hashesOf(backward), hashesOf({ ...backward, ...edit }))).toEqual([6]);
    expect(changed(hashesOf(mode), hashesOf(backward))).toEqual([]);
  });
});
