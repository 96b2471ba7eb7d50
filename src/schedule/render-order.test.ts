import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { planFrames } from "./plan.ts";
import { inRenderOrder } from "./render-order.ts";

function order(text: string) {
  const { settings } = loadSettings({
    file: "a.yaml",
    text: `seed: 5\n${/^mode:/m.test(text) ? "" : "mode: 2d\n"}${text}`,
  });
  return { played: planFrames(settings), rendered: inRenderOrder(planFrames(settings), settings) };
}

describe("inRenderOrder", () => {
  it("leaves a plan that is rendered forward as it is", () => {
    const { played, rendered } = order("prompts: a\nframes: 4\nmotion: { zoom: 1.1 }");
    expect(rendered).toEqual(played);
    expect(played.some((frame) => "madeFrom" in frame)).toBe(false);
  });

  it("goes from the last frame to the first, taking back the move of the later of two frames", () => {
    const { played, rendered } = order(
      "prompts: a\nframes: 4\nreverse: true\nmotion: { zoom: 1 + t/10, translation_x: t }\nstrength: 0.5 + t/10",
    );
    expect(rendered.map(({ frame }) => frame)).toEqual([3, 2, 1, 0]);
    expect(rendered.map(({ madeFrom }) => madeFrom)).toEqual([undefined, 3, 2, 1]);
    expect(rendered.slice(1).map(({ motion }) => motion.zoom)).toEqual([1 / 1.3, 1 / 1.2, 1 / 1.1]);
    expect(rendered[3]!.motion.translation_x).toBeCloseTo(-1.1);
    const kept = ({ frame, seed, strength, prompts }: (typeof played)[number]) => [
      frame,
      seed,
      strength,
      prompts,
    ];
    expect(rendered.toReversed().map(kept)).toEqual(played.map(kept));
  });

  it("plans moves forward all the same, for tables, curves and previews", () => {
    const text = "prompts: a\nframes: 4\nmotion: { zoom: 1 + t/10 }";
    expect(order(`${text}\nreverse: true`).played).toEqual(order(text).played);
  });

  it("counts cadence from the last frame, and gives each drawn frame its own seed and scheduled seed", () => {
    const { rendered } = order("prompts: a\nframes: 9\ncadence: 3\nreverse: true");
    const drawn = rendered.filter(({ diffuse }) => diffuse);
    expect(drawn.map(({ frame, seed }) => [frame, seed])).toEqual([
      [8, 7],
      [5, 6],
      [2, 5],
    ]);
    const scheduled = order(
      'prompts: a\nframes: 9\ncadence: 3\nreverse: true\nseed_behavior: schedule\nseed_schedule: "100 + t"',
    );
    expect(scheduled.rendered.filter(({ diffuse }) => diffuse).map(({ seed }) => seed)).toEqual([
      108, 105, 102,
    ]);
  });

  it("keeps init.strength of the start picture on the last frame, and leads the first ones back to it in a loop", () => {
    const { rendered } = order(
      "prompts: a\nframes: 5\nreverse: true\nloop: 2\nstrength: 0.3\ninit: { image: a.png, strength: 0.9 }",
    );
    expect(rendered.map(({ strength }) => strength)).toEqual([0.9, 0.3, 0.3, 0.3, 0.3]);
    expect(rendered.map(({ closing }) => closing?.share)).toEqual([undefined, undefined, undefined, 0.25, 1]);
  });

  it("follows an input video by the factor of the later frame", () => {
    const { rendered } = order(
      "prompts: a\nframes: 3\nreverse: true\nhybrid: { video: a.mp4, motion: optical_flow, flow_factor: t }",
    );
    expect(rendered.map(({ hybrid }) => hybrid?.flow_factor)).toEqual([2, 2, 1]);
  });

  it("begins a scene where its prompt first shows on the way back, for as long as it comes in", () => {
    const { rendered } = order("prompts: { 0: a, 20: b }\nprompt_transition: 5\nframes: 40\nreverse: true");
    const at = (frame: number) => rendered[39 - frame]!;
    expect(at(39)).toMatchObject({ promptKey: 40, promptTransition: 0 });
    expect(at(25)).toMatchObject({ promptKey: 40, promptTransition: 0 });
    expect(at(24)).toMatchObject({ promptKey: 24, promptTransition: 5 });
    expect(at(0)).toMatchObject({ promptKey: 24, promptTransition: 5 });
    expect(at(25).prompts).toHaveLength(1);
    expect(at(23).prompts).toHaveLength(2);
  });

  it("refuses what has no way back", () => {
    expect(() => order("prompts: a\nreverse: true\ndeforum_exact: true")).toThrow(
      "a.yaml:5:16 deforum_exact: expected false with reverse, found true: Deforum renders forward only",
    );
  });

  it("takes the perspective flip back after the move that follows it", () => {
    const { rendered } = order(
      "prompts: a\nframes: 3\nreverse: true\nmotion: { perspective_flip: true, perspective_flip_phi: t }",
    );
    expect(rendered.slice(1).map(({ motion }) => motion)).toMatchObject([
      { perspective_flip_phi: 2, perspective_flip_back: true },
      { perspective_flip_phi: 1, perspective_flip_back: true },
    ]);
    expect(order("prompts: a\nframes: 3\nreverse: true").rendered[1]!.motion).not.toHaveProperty(
      "perspective_flip_back",
    );
  });

  it("has without the last block the frames that there are forward, and draws the last of them first", () => {
    const text = "prompts: a\nframes: 9\ncadence: 3\nlast_block: omit";
    const { rendered } = order(`${text}\nreverse: true`);
    expect(rendered.map(({ frame }) => frame)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(rendered.filter(({ diffuse }) => diffuse).map(({ frame }) => frame)).toEqual([5, 2]);
    expect(order(text).played).toHaveLength(6);
  });

  it.each(["mode: interpolation", "mode: video\ninit: { video: a.mp4 }"])(
    "turns only the order round where frames do not build on each other: %j",
    (mode) => {
      const { played, rendered } = order(
        `${mode}\nprompts: { 0: a, 9: b }\nframes: 9\nreverse: true\nmotion: { zoom: 1.1 }`,
      );
      expect(rendered).toEqual(played.toReversed());
      expect(played).toEqual(
        order(`${mode}\nprompts: { 0: a, 9: b }\nframes: 9\nmotion: { zoom: 1.1 }`).played,
      );
    },
  );
});
