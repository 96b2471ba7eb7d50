import { describe, expect, it } from "vitest";
import { loadSettings } from "../settings/load.ts";
import { asSinglePictures, planPictures } from "./picture-plan.ts";

function plansOf(text: string, seedPerPicture = false) {
  const { settings } = loadSettings({ file: "test.yaml", text });
  return planPictures(asSinglePictures(settings), seedPerPicture);
}

describe("the plan of a picture", () => {
  it("has the values of frame 0, of an animation in any mode, and nothing that moves", () => {
    const { common } = plansOf(
      'seed: 5\nmode: 3d\ncadence: 3\nstrength: "0:(0.3), 60:(0.8)"\nsteps: 12\ninit: { strength: 0.9 }\n' +
        'motion: { translation_z: 10 }\nprompts: { 0: a hero, 60: a city }\nguidance_scale: "3+t/10"',
    );
    expect(common).toMatchObject({ frame: 0, strength: 0.3, steps: 12, guidance_scale: 3, seed: 5 });
    expect(common.prompts).toEqual([{ text: "a hero", weight: 1 }]);
    expect(common.motion.translation_z).toBe(0);
  });

  it("has the caption in its prompt, and the seed of the run or one of its own", () => {
    const text = 'seed: 5\nprompts: "{caption}, oil on canvas --neg blur"\nnegative_prompt: text';
    const shared = plansOf(text);
    expect(shared.planOf("a.png", "a $& castle")).toMatchObject({
      prompts: [{ text: "a $& castle, oil on canvas", weight: 1 }],
      negativePrompt: "blur text",
      seed: 5,
    });
    const own = plansOf(text, true);
    const seeds = ["a.png", "b.png", "a.png"].map((name) => own.planOf(name, "x").seed);
    expect(seeds[0]).toBe(seeds[2]);
    expect(new Set([5, ...seeds]).size).toBe(3);
  });

  it("takes LoRAs of captions only where the settings name them", () => {
    const plans = plansOf(
      'seed: 5\nprompts: "{caption} <lora:grain:0.5>"\nloras: [{ name: ink.safetensors, weight: 0 }]',
    );
    expect(plans.common.loras).toHaveLength(2);
    expect(plans.planOf("a.png", "a castle <lora:ink:0.7>").loras).toEqual([
      { name: "ink", weight: 0.7, text_weight: 0.7 },
      { name: "grain", weight: 0.5, text_weight: 0.5 },
    ]);
    expect(() => plans.planOf("a.png", "a castle <lora:../../other:1>")).toThrow(
      /asks for the LoRA `other`, which is not loaded/,
    );
  });

  it("cannot be made of a caption that is no prompt", () => {
    expect(() => plansOf('seed: 5\nprompts: "{caption}"').planOf("a.png", "a `1/(` castle")).toThrow(
      /expected/,
    );
  });
});
