import { describe, expect, it } from "vitest";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type ByteImage, toFloatImage } from "../tensor/image.ts";
import { colorMemory, type ColorRules } from "./color-memory.ts";

function picture(level: number): ByteImage {
  return { width: 1, height: 1, data: Uint8Array.of(level, level, level) };
}

function frame(index: number, strength = 0.5): FramePlan {
  return { frame: index, strength, promptKey: 0, promptTransition: 0 } as FramePlan;
}

/** Level of the reference after each frame; frame n is drawn with level 10 + n, and its moved picture has level 100 + n. */
function references(rules: ColorRules, strengths: readonly number[]): (number | undefined)[] {
  const memory = colorMemory(rules, 0, null);
  return strengths.map((strength, index) => {
    memory.before(frame(index, strength), index === 0 ? null : toFloatImage(picture(100 + index)));
    memory.remember(frame(index, strength), picture(10 + index));
    return memory.reference?.data[0];
  });
}

describe("colorMemory", () => {
  it("keeps the first drawn picture", () => {
    expect(references({ mode: "first" }, [0.5, 0, 0.5])).toEqual([10, 10, 10]);
  });

  // Events of deforum-art/sd-webui-deforum 32242685, color_lab_legacy_str0 and color_lab_init.
  it("starts with the first moved picture in Deforum's legacy order, and anew after strength 0", () => {
    const legacy: ColorRules = { mode: "first", matchesDrawn: false, startsMoved: true };
    expect(references(legacy, [0.6, 0.3, 0, 0.6])).toEqual([undefined, 101, 12, 12]);
    expect(colorMemory(legacy, 0, picture(9)).after(frame(1))).toBeNull();
  });

  it("leaves the moved picture alone that it takes as reference, and matches the drawn one to it", () => {
    const memory = colorMemory({ mode: "first", startsMoved: true }, 0, null);
    const moved = toFloatImage(picture(101));
    expect(memory.before(frame(1), moved)).toBeNull();
    expect(memory.after(frame(1))).toEqual(moved);
  });

  it("gives a picture from outside to all frames, and remembers none", () => {
    const memory = colorMemory({ mode: "prompt", image: picture(77) }, 0, null);
    for (const index of [0, 1, 50]) {
      expect(memory.before(frame(index), null)).toEqual(toFloatImage(picture(77)));
      expect(memory.after(frame(index))).toEqual(toFloatImage(picture(77)));
      memory.remember(frame(index), picture(1));
    }
    expect(memory.reference).toBeNull();
  });
});
