import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { importText, interchangeFixture } from "../../test/support/interchange.ts";
import { evaluateSettings } from "../schedule/evaluate-settings.ts";
import { planModels } from "../schedule/model-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import { loadSettings } from "../settings/load.ts";
import type { Settings } from "../settings/schema.ts";
import { exportDeforum } from "./export-deforum.ts";

function settingsOf(text: string): Settings {
  return loadSettings({ file: "a.yaml", text }).settings;
}

function fieldsOf(text: string): Record<string, unknown> {
  return JSON.parse(exportDeforum(settingsOf(`prompts: a cat\n${text}`)).text) as Record<string, unknown>;
}

/** The YAML without its comments. */
function bare(yaml: string): string {
  return yaml.replaceAll(/^#.*\n/gm, "").trim();
}

describe("exporting to Deforum", () => {
  it("gives back the example: exported and imported again, nothing changes", () => {
    const first = importText(interchangeFixture("example_settings.txt"));
    const exported = exportDeforum(first.loaded.settings);
    const second = importText(exported.text, ["model storybook"]);
    expect(second.loaded.settings).toEqual(first.loaded.settings);
    expect(bare(second.loaded.text)).toBe(bare(first.loaded.text));
    expect(exportDeforum(second.loaded.settings).text).toBe(exported.text);
  });

  it("keeps the fields of the example that we have settings for", () => {
    const original = JSON.parse(interchangeFixture("example_settings.txt")) as Record<string, unknown>;
    const { loaded } = importText(interchangeFixture("example_settings.txt"), ["model my-model"]);
    const exported = JSON.parse(exportDeforum(loaded.settings).text) as Record<string, unknown>;
    const different = Object.keys(original).filter(
      (name) => JSON.stringify(exported[name]) !== JSON.stringify(original[name]),
    );
    expect(different.toSorted()).toEqual([
      "batch_name",
      // A constant has one way to be written.
      "contrast_schedule",
      "deforum_git_commit_id",
      // Switched off, so at Deforum's defaults.
      "init_images",
      "mask_file",
      "noise_schedule",
      "pix2pix_img_cfg_scale_schedule",
      "sd_model_hash",
      "strength",
    ]);
  });

  it.each(readdirSync("schedules").filter((file) => file.endsWith(".yaml")))(
    "carries every curve of schedules/%s there and back",
    (file) => {
      const settings = settingsOf(readFileSync(`schedules/${file}`, "utf8"));
      const again = importText(
        exportDeforum(settings).text,
        planModels(settings.model, scheduleContext(settings)).map((name) => `model ${name}`),
      ).loaded.settings;
      const curves = evaluateSettings(settings);
      for (const [path, values] of evaluateSettings(again)) {
        if (path.startsWith("controlnet.") || path.startsWith("loras.")) continue;
        for (const [frame, value] of values.entries()) {
          expect(Math.abs(value - curves.get(path)![frame]!), `${path} at ${frame}`).toBeLessThanOrEqual(
            1e-7,
          );
        }
      }
    },
  );

  it.each([
    ["motion: { zoom: 1.02 }", "zoom", "0: (1.02)"],
    ["motion: { zoom: 1+0.01*sin(t) }", "zoom", "0: (1+0.01*sin(t))"],
    ["motion: { angle: { 0: 0, 30: 15, max_f: 1e-7 } }", "angle", "0: (0), 30: (15), max_f: (0.0000001)"],
    ['motion: { angle: "0:(1), 30:(2)" }', "angle", "0:(1), 30:(2)"],
    ["fps: 10\nmotion: { angle: { 0: 0, 2s: 10 } }", "angle", "0:(0), 20:(10)"],
    ['motion: { angle: "0:(clip(t, 0, 5))" }', "angle", "0:(0), 5:(5)"],
    ['motion: { angle: "10:(5)" }', "angle", "0: (5)"],
    ["clip_skip: 1", "clipskip_schedule", "0: (2)"],
    [
      "model: { 0: anime, 1s: ./x/photo.safetensors }\nfps: 12",
      "checkpoint_schedule",
      '0: ("anime.safetensors"), 12: ("photo.safetensors")',
    ],
    ["model: { 0: anime, 999: photo }", "enable_checkpoint_scheduling", false],
    ["sampler: { 0: euler, 10: ddim }", "sampler_schedule", '0: ("Euler"), 10: ("DDIM")'],
    ["steps: 0:(30), 10:(20)", "enable_steps_scheduling", true],
    ["steps: 30", "steps", 30],
    ["noise: { multiplier: 1 }", "enable_noise_multiplier_scheduling", false],
    ["mask: { file: m.png, contrast: 1.5 }", "mask_contrast_adjust", 1.5],
    ["mask: { file: m.png, brightness: 0.5 }", "mask_brightness_adjust", 0.5],
    ['noise: { mask: "![sky.png]" }', "noise_mask_schedule", '0: ("![sky.png]")'],
    ['noise: { mask: "![sky.png]" }', "use_noise_mask", true],
    ["", "use_noise_mask", false],
  ])("writes %j as %s: %j", (text, field, value) => {
    expect(fieldsOf(text)[field]).toEqual(value);
  });

  it("writes the curves of a camera that is called by its name", () => {
    const named = exportDeforum(settingsOf("prompts: a cat\nframes: 30\ncamera: orbit"));
    const again = importText(named.text, ["model storybook"]).loaded.settings;
    const wanted = evaluateSettings(settingsOf("prompts: a cat\nframes: 30\ncamera: orbit"));
    const found = evaluateSettings(again).get("motion.rotation_3d_y")!;
    expect(found.some((value) => value !== 0)).toBe(true);
    for (const [frame, value] of found.entries())
      expect(value).toBeCloseTo(wanted.get("motion.rotation_3d_y")![frame]!, 7);
    expect(named.notes.map(({ path }) => path)).toContain("camera");
  });

  it("writes a complete file, so that nothing is left to what an interface shows", () => {
    const example = JSON.parse(interchangeFixture("example_settings.txt")) as object;
    const exported = Object.keys(fieldsOf(""));
    const absent = Object.keys(example).filter((name) => !exported.includes(name));
    expect(absent).toEqual(["sd_model_hash", "deforum_git_commit_id"]);
  });

  it("names each setting that Deforum has no field for", () => {
    const text =
      "prompts: { 0: a cat, 9: a dog }\nprompt_transition: 5\nloras: [{ name: x }]\nguidance_rescale: 0.5\nvideo: { crf: 20 }";
    const paths = exportDeforum(settingsOf(text)).notes.map(({ path }) => path);
    expect(paths.toSorted()).toEqual(
      ["feedback.color_reference", "guidance_rescale", "loras", "prompt_transition", "video.crf"].toSorted(),
    );
  });

  it.each([
    ["positive_prompt: oil\nnegative_prompt: blurry", "oil", "a cat"],
    // As two texts they would look as if a run had merged them before.
    ["positive_prompt: a", "", "a a cat"],
  ])("writes %j so that it comes back as the same pictures", (text, positive, prompt) => {
    const settings = settingsOf(`prompts: a cat\nseed: 1\n${text}`);
    const exported = exportDeforum(settings).text;
    expect(JSON.parse(exported)).toMatchObject({
      animation_prompts_positive: positive,
      prompts: { 0: prompt },
    });
    const again = importText(exported, ["model storybook"]).loaded.settings;
    const [shown, wanted] = [again, settings].map((from) =>
      planFrames(from).map(({ prompts, negativePrompt }) => [prompts, negativePrompt]),
    );
    expect(shown).toEqual(wanted);
    expect(exportDeforum(again).text).toBe(exported);
  });

  it("says when a curve had to be written out", () => {
    const text = "prompts: a cat\nmotion: { angle: { 0: { value: 0, easing: ease_in }, 20: 5 } }";
    const [note] = exportDeforum(settingsOf(text)).notes;
    expect(note).toMatchObject({
      path: "motion.angle",
      reason: expect.stringContaining("written out") as string,
    });
  });

  it("says when a curve was bent by a loop, and writes it as it is drawn", () => {
    const text = "prompts: a cat\nfps: 10\nframes: 40\nmotion: { angle: sin(t/7), translation_x: 1 }";
    const [open, closed] = [text, `${text}\nloop: 1s`].map((yaml) => exportDeforum(settingsOf(yaml)));
    expect(open!.notes).toEqual([]);
    expect(closed!.notes).toContainEqual({
      path: "motion.angle",
      reason: "is bent at the end by `loop`: written out as numbers",
    });
    expect(closed!.notes.map(({ path }) => path)).not.toContain("motion.translation_x");
  });
});
