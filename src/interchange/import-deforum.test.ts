import { describe, expect, it } from "vitest";
import { readGolden } from "../../test/support/deforum-fixtures.ts";
import { importFields, importText, interchangeFixture, notesOf } from "../../test/support/interchange.ts";
import { SettingsError } from "../errors.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { exportDeforum } from "./export-deforum.ts";

function settingsOf(fields: object, library?: readonly string[]) {
  return importFields(fields, library).loaded.settings;
}

function problemsOf(fields: object | string): readonly { location: string; message: string }[] {
  try {
    if (typeof fields === "string") importText(fields);
    else importFields(fields);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error("expected mistakes");
}

describe("the example of a complete settings file", () => {
  const imported = importText(interchangeFixture("example_settings.txt"));

  it("becomes the settings that it describes", () => {
    expect(imported.loaded.settings).toMatchObject({
      name: "harbour",
      model: "storybook",
      size: { width: 768, height: 512 },
      fps: 24,
      frames: 241,
      seed: 20_240_607,
      sampler: "euler_a",
      steps: 24,
      strength: "0:(0.62), 80:(0.55), 81:(0.62)",
      cadence: 3,
      mode: "3d",
      deforum_exact: true,
      positive_prompt: "oil painting, detailed",
      negative_prompt: "blurry, watermark",
      motion: { translation_z: "0:(2), 120:(8)", rotation_3d_y: "0:(0.3*sin(2*3.14159*t/120))" },
      noise: { amount: 0.04, multiplier: 1.05 },
      feedback: { color_match: "lab", color_reference: "first" },
    });
    expect(imported.loaded.settings.prompts["80"]).toBe(
      "a harbour in heavy rain, lanterns, reflections --neg people",
    );
  });

  it("loses nothing but the model, which is not here", () => {
    expect(Object.keys(notesOf(imported, "lost"))).toEqual(["sd_model_name"]);
    expect(notesOf(imported, "default")).toEqual({});
  });

  it("becomes YAML that says the same", () => {
    const { settings } = loadSettings({ file: "harbour.yaml", text: imported.loaded.text });
    expect(settings).toEqual(imported.loaded.settings);
  });

  it("finds its model in the library, by the name without ending", () => {
    const text = interchangeFixture("example_settings.txt");
    expect(importText(text, ["model my-model"]).loaded.settings.model).toBe("my-model");
  });
});

const unit = (number: number, model: string) => ({
  [`cn_${number}_enabled`]: true,
  [`cn_${number}_model`]: model,
  [`cn_${number}_module`]: "canny",
  [`cn_${number}_vid_path`]: "in.mp4",
  [`cn_${number}_weight`]: "0:(0.5), 20:(1)",
  [`cn_${number}_threshold_b`]: 150,
});

describe("importing a settings file", () => {
  it("has a sampler for every name of Deforum's list, in a schedule, too", () => {
    const { DeforumArgs } = JSON.parse(interchangeFixture("defaults.json")) as {
      readonly DeforumArgs: { readonly sampler: { readonly choices: readonly string[] } };
    };
    expect(DeforumArgs.sampler.choices).toHaveLength(29);
    for (const name of DeforumArgs.sampler.choices) {
      const scheduled = { enable_sampler_scheduling: true, sampler_schedule: `0:("Euler"), 5:("${name}")` };
      expect(Object.keys(notesOf(importFields(scheduled), "lost")), name).toEqual([]);
    }
  });

  it("takes Deforum's defaults for what is not in it, and says which", () => {
    const imported = importFields({});
    expect(imported.loaded.settings).toMatchObject({
      cadence: 2,
      mode: "2d",
      size: { width: 512, height: 512 },
      motion: { translation_z: 1.75, zoom: "0: (1.0025+0.002*sin(1.25*3.14*t/30))" },
    });
    const defaults = notesOf(imported, "default");
    expect(defaults["translation_z"]).toBe("is not in the file: 1.75, as Deforum has it");
    expect(defaults["noise_schedule"]).toBeUndefined();
    // Files from before there was the field were made with colors matched once.
    expect(imported.loaded.settings.feedback.color_match_drawn).toBe(false);
    expect(defaults["legacy_colormatch"]).toContain("is not in the file");
  });

  it.each([
    ["flip_2d_perspective", true, { motion: { perspective_flip: true } }],
    ["skip_video_for_run_all", true, { video: { format: "png" } }],
    ["color_coherence", "Match Frame 0 HSV", { feedback: { color_match: "hsv" } }],
    ["scale", 11, { guidance_scale: 11 }],
    ["fov", 40, { motion: { fov: 40 } }],
    ["diffusion_cadence", "4", { cadence: 4 }],
    ["sampler", 7, { sampler: "dpmpp_2m" }],
    ["sampler", "klms", { sampler: "lms" }],
    ["sampler", "DPM++ 2M SDE Karras", { sampler: "dpmpp_2m_sde_karras" }],
    ["seed", "123", { seed: 123 }],
    ["angle", 3, { motion: { angle: 3 } }],
    ["W", 500, { size: { width: 496 } }],
    ["max_frames", 33.0, { frames: 33 }],
    ["animation_prompts", { 5: "a cat" }, { prompts: { 5: "a cat" } }],
  ])("reads %s: %j as it was meant", (name, value, expected) => {
    const fields =
      name === "animation_prompts" ? { prompts: ["one", "two"], [name]: value } : { [name]: value };
    expect(settingsOf(fields)).toMatchObject(expected);
  });

  it("reads a file of the notebook: plain numbers, lists of prompts, negative prompts of their own frames", () => {
    const imported = importFields({
      W: 448,
      H: 704,
      animation_mode: "3D",
      max_frames: 60,
      near_plane: 200,
      far_plane: 10_000,
      fov: 40,
      scale: 7,
      sampler: "euler_ancestral",
      enable_schedule_samplers: false,
      prompts: { 0: "a forest", 30: "a beach" },
      neg_prompts: { 0: "nudity", 30: "night" },
      n_batch: 1,
    });
    const { settings } = imported.loaded;
    expect(settings).toMatchObject({ sampler: "euler_a", motion: { fov: 40 }, guidance_scale: 7 });
    expect(settings.prompts).toEqual({ 0: "a forest --neg nudity", 30: "a beach --neg night" });
    expect(Object.keys(notesOf(imported, "idle"))).toEqual(["near_plane", "far_plane", "n_batch"]);
  });

  it.each([
    [{ enable_steps_scheduling: true, steps_schedule: "0: (30), 10: (10)" }, { steps: "0: (30), 10: (10)" }],
    [{ enable_clipskip_scheduling: true }, { clip_skip: 1 }],
    [{ enable_noise_multiplier_scheduling: false }, { noise: { multiplier: 1 } }],
    [{ enable_sampler_scheduling: true, sampler_schedule: '0: ("DDIM")' }, { sampler: "ddim" }],
    [{ ddim_eta_schedule: "0: (1)" }, { sampling: { ddim_eta: 0 } }],
    [
      {
        color_coherence: "Video Input",
        color_coherence_video_every_N_frames: 3,
        hybrid_composite: "Normal",
        video_init_path: "a.mp4",
      },
      { feedback: { color_match: "lab", color_reference: "video", color_video_every: 3 } },
    ],
    [
      { color_coherence: "Video Input", video_init_path: "a.mp4" },
      { feedback: { color_match: "none", color_reference: "first" } },
    ],
    [{ save_depth_maps: true }, { motion: { depth: { save: true } } }],
    [{ use_depth_warping: false }, { motion: { depth: { model: "plane" } } }],
    [
      { use_init: true, init_image: "C:\\in\\start.png", strength: 0.6 },
      { init: { image: "C:/in/start.png", strength: 0.6 } },
    ],
    [{ init_image: "start.png" }, { init: { image: null } }],
    [{ add_soundtrack: "File", soundtrack_path: "in\\song.mp3" }, { video: { soundtrack: "in/song.mp3" } }],
    [{ add_soundtrack: "Init Video", video_init_path: "in.mp4" }, { video: { soundtrack: "in.mp4" } }],
    [{ soundtrack_path: "song.mp3" }, { video: { soundtrack: null } }],
    [{ use_init: true, init_image: "start.png", strength: 0 }, { init: { image: null } }],
    [
      { use_mask: true, mask_file: "m.png", fill: 2 },
      {
        mask: {
          file: "m.png",
          fill: "noise",
          only_masked: true,
          padding: 4,
          schedule: null,
          outside: "start",
        },
      },
    ],
    [
      { use_mask: true, mask_file: "m.png", overlay_mask: false },
      { mask: { file: "m.png", outside: "moved" } },
    ],
    [
      { use_mask: true, mask_file: "m.png", mask_contrast_adjust: 1.5, mask_brightness_adjust: 0.5 },
      { mask: { file: "m.png", contrast: 1.5, brightness: 0.5 } },
    ],
    [{ mask_contrast_adjust: 1.5 }, { mask: { contrast: 1 } }],
    [
      { use_mask: true, mask_file: "m.png", use_noise_mask: true },
      { mask: { file: "m.png" }, noise: { mask: '0: ("{video_mask}")' } },
    ],
    [
      { use_noise_mask: true, noise_mask_schedule: '0: ("![sky.png]")', invert_mask: true },
      { mask: { file: null, invert: true }, noise: { mask: '0: ("![sky.png]")' } },
    ],
    [{ noise_mask_schedule: '0: ("[sky.png]")' }, { noise: { mask: null } }],
    [{ use_noise_mask: true }, { noise: { mask: null } }],
    [{ use_noise_mask: true, noise_mask_schedule: '0: ("<cat>")' }, { noise: { mask: null } }],
    [
      { use_mask: true, mask_file: "m.png", mask_schedule: '0: ("{video_mask} & ![sky.png]")' },
      { mask: { file: "m.png", schedule: '0: ("{video_mask} & ![sky.png]")' } },
    ],
    [
      { use_mask: true, mask_file: "m.png", mask_schedule: '0: ("<cat>")' },
      { mask: { file: "m.png", schedule: null } },
    ],
    [
      { color_coherence: "Image", color_coherence_image_path: "ref.png" },
      { feedback: { color_match: "lab", color_image: "ref.png" } },
    ],
    [{ legacy_colormatch: false }, { feedback: { color_match_drawn: true } }],
    [{ r_upscale_video: true, r_upscale_factor: "x4" }, { video: { upscale: 4 } }],
  ])("turns %j into %j", (fields, expected) => {
    expect(settingsOf(fields)).toMatchObject(expected);
  });

  const checkpoints = {
    enable_checkpoint_scheduling: true,
    checkpoint_schedule: '0: ("anime/toon.ckpt"), 50: ("photo.safetensors [0123abcd]")',
    sd_model_name: "other",
  };

  it("takes the models of the checkpoint schedule when that is switched on, and gives them back", () => {
    const library = ["model anime/toon", "model photo", "model toon"];
    const imported = importFields(checkpoints, library);
    expect(imported.loaded.settings.model).toEqual({ 0: "anime/toon", 50: "photo" });
    expect(notesOf(imported, "lost")).toEqual({});
    const exported = exportDeforum(imported.loaded.settings);
    expect(JSON.parse(exported.text)).toMatchObject({
      enable_checkpoint_scheduling: true,
      checkpoint_schedule: '0: ("toon.safetensors"), 50: ("photo.safetensors")',
      sd_model_name: "toon.safetensors",
    });
    const again = importText(exported.text, library).loaded.settings;
    expect(again.model).toEqual({ 0: "toon", 50: "photo" });
    expect(exportDeforum(again).text).toBe(exported.text);
    expect(settingsOf({ ...checkpoints, enable_checkpoint_scheduling: false }, library).model).toBe(
      "storybook",
    );
  });

  it("lets the models that are here draw in place of those that are not, and names these", () => {
    const some = importFields(checkpoints, ["model photo"]);
    expect(some.loaded.settings.model).toBe("photo");
    expect(notesOf(some, "lost")["checkpoint_schedule"]).toContain(
      "anime/toon: not in the model library, so the others draw",
    );
    const none = importFields(checkpoints);
    expect(none.loaded.settings.model).toBe("storybook");
    expect(notesOf(none, "lost")["checkpoint_schedule"]).toContain(
      "anime/toon, photo: not in the model library",
    );
  });

  it("tells a checkpoint schedule that cannot be read at its place", () => {
    const [problem] = problemsOf({ ...checkpoints, checkpoint_schedule: '0: ("a"), nonsense: ("b")' });
    expect(problem).toMatchObject({ location: expect.stringContaining("settings.txt:") as string });
  });

  it("makes list items of ControlNets that are here, and names those that are not", () => {
    const fields = { ...unit(1, "missing [00000000]"), ...unit(2, "control_canny [d14c016b]") };
    const imported = importFields(fields, ["controlnet control_canny"]);
    expect(imported.loaded.settings.controlnet).toMatchObject([
      {
        model: "control_canny",
        input: "in.mp4",
        preprocessor: "canny",
        weight: "0:(0.5), 20:(1)",
        high_threshold: 150,
      },
    ]);
    expect(Object.keys(notesOf(imported, "lost"))).toContain("cn_1_model");
  });

  it("keeps values within a setting's range as it says, and strength as Deforum does", () => {
    const imported = importFields({ max_frames: 11, strength_schedule: "0:(0.5), 10:(1.5)" });
    const { settings } = imported.loaded;
    const strengths = planFrames({ ...settings, seed: 1, cadence: 1 }).map(({ strength }) => strength);
    expect(strengths).toEqual(
      Array.from({ length: 11 }, (_, frame) => expect.closeTo(Math.min(1, 0.5 + frame / 10), 12) as number),
    );
    expect(notesOf(imported, "changed")["strength_schedule"]).toMatch(
      /^is 1\.\d* at frame 6: kept within 0 and 1, the range of strength$/,
    );
  });
});

describe("modes and pictures that lead", () => {
  it("carry Video Input with its choice of pictures, and go back", () => {
    const fields = {
      animation_mode: "Video Input",
      video_init_path: "walk.mp4",
      extract_nth_frame: 2,
      extract_from_frame: 4,
      extract_to_frame: 90,
      diffusion_cadence: 3,
    };
    const { settings } = importFields(fields).loaded;
    expect(settings).toMatchObject({
      mode: "video",
      cadence: 1,
      init: { video: "walk.mp4", extract_nth_frame: 2, extract_from_frame: 4, extract_to_frame: 90 },
    });
    expect(JSON.parse(exportDeforum(settings).text)).toMatchObject({ ...fields, diffusion_cadence: 1 });
  });

  it("take Video Input without a video as 2D, and say so", () => {
    const imported = importFields({ animation_mode: "Video Input", video_init_path: "" });
    expect(imported.loaded.settings.mode).toBe("2d");
    expect(notesOf(imported, "lost")).toHaveProperty("video_init_path");
  });

  it("carry Interpolation, whose subseeds always count", () => {
    const fields = { animation_mode: "Interpolation", subseed_strength_schedule: "0:(0), 9:(1)" };
    expect(settingsOf(fields)).toMatchObject({
      mode: "interpolation",
      cadence: 1,
      subseed_strength: "0:(0), 9:(1)",
    });
  });

  const looper = {
    use_looper: true,
    init_images: '{"0": "a.png", "max_f/2": "b.png"}',
    blendFactorMax: "0:(0.5)",
    tweening_frames_schedule: "0:(10)",
    strength: 0.7,
    max_frames: 41,
  };

  it("carry guided images, which follow the seed schedule", () => {
    const { settings } = importFields(looper).loaded;
    expect(settings).toMatchObject({
      guided: { images: { 0: "a.png", "max_f/2": "b.png" }, blend_factor_max: 0.5, tweening_frames: 10 },
      init: { strength: 0.7 },
      seed_behavior: "schedule",
    });
    expect(JSON.parse(exportDeforum(settings).text)).toMatchObject({
      use_looper: true,
      init_images: '{"0":"a.png","20":"b.png"}',
      blendFactorMax: "0: (0.5)",
    });
  });

  it.each(['["a.png"]', "{}", "nonsense", '{"0": "https://x/a.png"}'])(
    "name guided images that cannot come along: %s",
    (init_images) => {
      const imported = importFields({ ...looper, init_images });
      expect(imported.loaded.settings.guided.images).toBeNull();
      expect(notesOf(imported, "lost")).toHaveProperty("init_images");
    },
  );
});

const squeezed = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

describe("hybrid video", () => {
  const hybrid = {
    video_init_path: "walk.mp4",
    hybrid_composite: "Before Motion",
    hybrid_comp_alpha_schedule: "0:(0.2), 20:(0.8)",
    hybrid_comp_mask_type: "Video Depth",
    hybrid_motion: "Optical Flow",
    hybrid_flow_method: "DIS Fine",
    hybrid_flow_consistency: true,
    hybrid_motion_use_prev_img: true,
  };

  it("comes along with its video, and goes back", () => {
    const { settings } = importFields(hybrid).loaded;
    expect(settings.hybrid).toMatchObject({
      video: "walk.mp4",
      composite: "before_motion",
      alpha: "0:(0.2), 20:(0.8)",
      mask: { type: "video_depth" },
      motion: "optical_flow",
      flow_method: "dis_fine",
      flow_consistency: true,
      motion_from: "previous",
    });
    expect(JSON.parse(exportDeforum(settings).text)).toMatchObject(hybrid);
  });

  it("is left out without a video, and its fields are idle while it is off", () => {
    const without = importFields({ ...hybrid, video_init_path: "" });
    expect(without.loaded.settings.hybrid).toMatchObject({ composite: "none", motion: "none" });
    expect(notesOf(without, "lost")).toMatchObject({
      video_init_path: expect.stringContaining("names no file") as string,
    });
    const off = importFields({ hybrid_flow_method: "Farneback", video_init_path: "walk.mp4" });
    expect(off.loaded.settings.hybrid.video).toBeNull();
    expect(Object.keys(notesOf(off, "idle"))).toEqual(["hybrid_flow_method"]);
  });

  it("mixes the start picture in where Deforum does", () => {
    const { settings } = importFields({
      ...hybrid,
      hybrid_motion: "None",
      hybrid_use_init_image: true,
      init_image: "a.png",
    }).loaded;
    expect(settings.hybrid.video).toBe("a.png");
  });

  it("mixes the start picture in while the video moves, and goes back", () => {
    const fields = { ...hybrid, hybrid_use_init_image: true, init_image: "a.png" };
    const { settings } = importFields(fields).loaded;
    expect(settings.hybrid).toMatchObject({ video: "walk.mp4", image: "a.png" });
    expect(settings.init.image).toBeNull();
    expect(JSON.parse(exportDeforum(settings).text)).toMatchObject(fields);
  });

  it("counts the video's pictures as Deforum does, and goes back", () => {
    expect(importFields(hybrid).loaded.settings.hybrid.extract_nth_frame).toBe(1);
    const chosen = { extract_nth_frame: 2, extract_from_frame: 4, extract_to_frame: 90 };
    const { settings } = importFields({ ...hybrid, ...chosen, hybrid_comp_save_extra_frames: true }).loaded;
    expect(settings.hybrid).toMatchObject({ ...chosen, save_extra_frames: true });
    expect(settings.init).toMatchObject({ extract_nth_frame: 1, extract_from_frame: 0 });
    const written = JSON.parse(exportDeforum(settings).text);
    expect(written).toMatchObject({ ...chosen, hybrid_comp_save_extra_frames: true });
    const byTime = exportDeforum({ ...settings, hybrid: { ...settings.hybrid, extract_nth_frame: 0 } });
    expect(JSON.parse(byTime.text).extract_nth_frame).toBe(1);
    expect(byTime.notes.map(({ path }) => path)).toContain("hybrid.extract_nth_frame");
  });

  it("takes DIS Fine for RAFT, here and between frames", () => {
    const imported = importFields({ ...hybrid, hybrid_flow_method: "RAFT", optical_flow_cadence: "RAFT" });
    expect(imported.loaded.settings).toMatchObject({
      hybrid: { flow_method: "dis_fine" },
      flow: { cadence: "dis_fine" },
    });
    expect(notesOf(imported, "changed")).toMatchObject({
      optical_flow_cadence:
        '"RAFT": DIS Fine takes its place until flow.cadence has the path of RAFT as an .onnx file',
    });
    const { settings } = imported.loaded;
    const raft = { ...settings, flow: { ...settings.flow, cadence: "raft.onnx" } };
    expect(JSON.parse(exportDeforum(raft).text)).toMatchObject({ optical_flow_cadence: "RAFT" });
  });
});

describe("prompts", () => {
  interface Merge {
    readonly positive: string;
    readonly negative: string;
    readonly prompt: string;
    readonly merged: string;
  }

  it.each(readGolden<readonly Merge[]>("prompts/merge.json"))(
    "merges the boxes $positive and $negative with $prompt as Deforum does",
    ({ positive, negative, prompt, merged }) => {
      const settings = settingsOf({
        animation_prompts_positive: positive,
        animation_prompts_negative: negative,
        prompts: { 0: prompt },
      });
      const [frame] = planFrames({ ...settings, seed: 1 });
      const [before = "", ...behind] = merged.split("--neg");
      expect(frame!.prompts.map(({ text }) => squeezed(text))).toEqual([squeezed(before)]);
      expect(squeezed(frame!.negativePrompt)).toBe(squeezed(behind.join("")));
    },
  );

  it("adds nothing twice to the prompts that a run has saved", () => {
    const merged = "oil painting a cat --neg dog blurry";
    for (const boxes of [
      { positive_prompts: "oil painting", negative_prompts: "blurry" },
      { animation_prompts_positive: "oil painting", animation_prompts_negative: "blurry" },
    ]) {
      const settings = settingsOf({ prompts: { 0: merged }, ...boxes });
      expect(settings.prompts).toEqual({ 0: merged });
      expect(settings.negative_prompt).toBe("");
      expect(settings.positive_prompt).toBe("");
    }
  });

  it("keeps the boxes apart from the prompts unless every prompt holds them", () => {
    const boxes = {
      animation_prompts_positive: "  oil painting ",
      animation_prompts_negative: "--neg blurry",
    };
    const settings = settingsOf({ prompts: { 0: "oil painting of a cat", 9: "a dog" }, ...boxes });
    expect(settings).toMatchObject({
      positive_prompt: "oil painting",
      negative_prompt: "blurry",
      prompts: { 0: "oil painting of a cat", 9: "a dog" },
    });
  });

  it("takes a positive box with --neg for what it is in Deforum: the prompts turn negative", () => {
    const settings = settingsOf({ animation_prompts_positive: "oil --neg fog", prompts: { 0: "a cat" } });
    expect(settings).toMatchObject({ positive_prompt: "", prompts: { 0: "oil --neg fog a cat" } });
    const [frame] = planFrames({ ...settings, seed: 1 });
    expect([frame!.prompts[0]!.text, frame!.negativePrompt]).toEqual(["oil", "fog a cat"]);
  });

  it("takes expressions and quoted numbers as keys", () => {
    const settings = settingsOf({ max_frames: 21, prompts: { "0": "a", "2+3": "b", max_f: "c" } });
    const texts = planFrames({ ...settings, seed: 1, cadence: 1, deforum_exact: false }).map(
      ({ prompts }) => prompts[0]!.text,
    );
    expect([texts[4], texts[5], texts[19], texts[20]]).toEqual(["a", "b", "b", "c"]);
  });
});

describe("fields of the Forge fork", () => {
  const fork = {
    keyframe_distribution: "Redistributed",
    keyframe_strength_schedule: "0: (0.3), 20: (0.4)",
    diffusion_cadence: 5,
  };

  it("come along, and go back", () => {
    const imported = importFields(fork);
    expect(imported.loaded.settings).toMatchObject({
      keyframe_distribution: "redistributed",
      keyframe_strength: "0: (0.3), 20: (0.4)",
    });
    expect(notesOf(imported, "changed")["keyframe_distribution"]).toContain(
      "the last frame is drawn only where",
    );
    const exported = exportDeforum(imported.loaded.settings);
    expect(JSON.parse(exported.text)).toMatchObject(fork);
    expect(importText(exported.text, ["model storybook"]).loaded.settings).toEqual(imported.loaded.settings);
  });

  it.each([
    ["Keyframes Only", "keyframes_only"],
    ["additive", "additive"],
    ["Off", "off"],
  ])("say %j for %s", (theirs, ours) => {
    expect(settingsOf({ keyframe_distribution: theirs }).keyframe_distribution).toBe(ours);
  });

  it("are not in exports that do not need them", () => {
    const fields = Object.keys(JSON.parse(exportDeforum(settingsOf({})).text) as object);
    expect(fields.filter((field) => field.startsWith("keyframe"))).toEqual([]);
  });

  it("that do nothing there, or have no meaning, are named", () => {
    const off = importFields({ ...fork, keyframe_distribution: "Off" });
    expect(notesOf(off, "idle")).toHaveProperty("keyframe_strength_schedule");
    expect(off.loaded.settings.keyframe_strength).toBeNull();
    const single = importFields({ ...fork, animation_mode: "Interpolation" });
    expect(single.loaded.settings.keyframe_distribution).toBe("off");
    const other = importFields({ ...fork, keyframe_distribution: "Sometimes" });
    expect(notesOf(other, "lost")).toHaveProperty("keyframe_distribution");
    const parseq = importFields({ ...fork, parseq_manifest: "https://example.org" });
    expect(notesOf(parseq, "changed")["keyframe_distribution"]).toContain("Parseq");
  });
});

describe("mistakes in a settings file", () => {
  it("are told at line and column of the JSON text, down to the character of a formula", () => {
    const text =
      '{\n    "prompts": {"0": "a `sine(t)` b"},\n    "max_frames": 10,\n    "zoom": "0:(1+coss(t))",\n    "angle": "0:(1"\n}';
    const places = problemsOf(text).map(({ location, message }) => `${location} ${message}`);
    expect(places).toEqual([
      expect.stringMatching(/^settings\.txt:2:26 .*sine/) as string,
      expect.stringMatching(/^settings\.txt:4:19 .*coss/) as string,
      expect.stringMatching(/^settings\.txt:5:17 .*closing bracket/) as string,
    ]);
  });

  it("count characters behind escapes, and in the positive box", () => {
    const text = String.raw`{"animation_prompts_positive": "oil", "prompts": {"0": "\"a\" \u0041 ${"`"}nope(t)${"`"}"}}`;
    const [problem] = problemsOf(text);
    expect(problem!.location).toBe(`settings.txt:1:${text.indexOf("nope") + 1}`);
    const boxed = '{"animation_prompts_positive": "  oil `nope(t)`", "prompts": {"0": "a"}}';
    expect(problemsOf(boxed)[0]!.location).toBe(`settings.txt:1:${boxed.indexOf("nope") + 1}`);
  });

  it("in JSON are told with the place", () => {
    expect(problemsOf('{\n "W": 512,\n "H" 512 }')).toMatchObject([
      { location: "settings.txt:3:6", message: "expected a colon after `H`, found `5`" },
    ]);
    expect(problemsOf("[1]")).toMatchObject([{ location: "settings.txt:1:1" }]);
  });

  it("in fields that are switched off do not matter", () => {
    const broken = { steps_schedule: "0:(", subseed_schedule: "nonsense", hybrid_comp_alpha_schedule: "((" };
    expect(settingsOf(broken).steps).toBe(25);
  });

  it("of kind are told, and Deforum's default stands in", () => {
    const imported = importFields({ max_frames: "many", noise_schedule: [1], tiling: "perhaps", W: null });
    expect(imported.loaded.settings).toMatchObject({
      frames: 120,
      noise: { amount: 0.065 },
      size: { width: 512 },
    });
    expect(notesOf(imported, "changed")).toMatchObject({
      max_frames: 'expected a number, found text "many": taken as 120',
      tiling: 'expected true or false, found text "perhaps": taken as false',
    });
  });
});
