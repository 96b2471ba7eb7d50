/** What an unknown key was probably meant to be: another program's name for a setting, a slip of the pen, or a key of another group. */

import { distance } from "fastest-levenshtein";

import { allSettings, anyItem, itemSettings } from "./setting-list.ts";

const KNOWN = [...allSettings, ...itemSettings];

/** Names of Deforum (scripts, settings files, notebook) and other programs that are not ours, and our path for them. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    w: "size",
    h: "size",
    width: "size",
    height: "size",
    max_frames: "frames",
    batch_name: "name",
    diffusion_cadence: "cadence",
    keyframe_strength_schedule: "keyframe_strength",
    animation_mode: "mode",
    animation_prompts: "prompts",
    prompt: "prompts",
    positive_prompts: "positive_prompt",
    animation_prompts_positive: "positive_prompt",
    negative_prompts: "negative_prompt",
    neg_prompts: "negative_prompt",
    animation_prompts_negative: "negative_prompt",
    strength_schedule: "strength",
    steps_schedule: "steps",
    cfg_scale: "guidance_scale",
    cfg_scale_schedule: "guidance_scale",
    scale: "guidance_scale",
    guidance: "guidance_scale",
    sampler_name: "sampler",
    sampler_schedule: "sampler",
    scheduler: "sampler",
    clipskip_schedule: "clip_skip",
    clip_skip_schedule: "clip_skip",
    cfg_rescale: "guidance_rescale",
    rescale_cfg: "guidance_rescale",
    ddim_eta_schedule: "sampling.ddim_eta",
    eta_ddim: "sampling.ddim_eta",
    ancestral_eta_schedule: "sampling.ancestral_eta",
    eta_ancestral: "sampling.ancestral_eta",
    eta: "sampling.ancestral_eta",
    ensd: "sampling.eta_noise_seed_delta",
    checkpoint: "model",
    checkpoint_schedule: "model",
    sd_model_name: "model",
    seed_iter_n: "seed_iter_n",
    subseed_schedule: "subseed",
    subseed_strength_schedule: "subseed_strength",
    seed_resize_from_w: "seed_resize_from",
    seed_resize_from_h: "seed_resize_from",
    pix2pix_img_cfg_scale_schedule: "image_guidance_scale",
    aspect_ratio_schedule: "motion.aspect_ratio",
    init_image: "init.image",
    video_init_path: "init.video",
    mask_schedule: "mask.schedule",
    noise_mask_schedule: "noise.mask",
    use_noise_mask: "noise.mask",
    use_looper: "guided.images",
    init_images: "guided.images",
    blendfactormax: "guided.blend_factor_max",
    blendfactorslope: "guided.blend_factor_slope",
    tweening_frames_schedule: "guided.tweening_frames",
    color_correction_factor: "guided.color_correction",
    use_init: "init.image",
    noise_schedule: "noise.amount",
    noise_type: "noise.type",
    noise_multiplier_schedule: "noise.multiplier",
    perlin_w: "noise.perlin_width",
    perlin_h: "noise.perlin_height",
    perlin_octaves: "noise.octaves",
    perlin_persistence: "noise.persistence",
    color_coherence: "feedback.color_match",
    color_force_grayscale: "feedback.grayscale",
    contrast_schedule: "feedback.contrast",
    amount_schedule: "feedback.sharpen.amount",
    kernel_schedule: "feedback.sharpen.kernel",
    sigma_schedule: "feedback.sharpen.sigma",
    threshold_schedule: "feedback.sharpen.threshold",
    use_mask: "mask.file",
    mask_file: "mask.file",
    use_mask_video: "mask.file",
    video_mask_path: "mask.file",
    invert_mask: "mask.invert",
    mask_brightness_adjust: "mask.brightness",
    mask_contrast_adjust: "mask.contrast",
    mask_blur: "mask.blur",
    mask_overlay_blur: "mask.blur",
    overlay_mask: "mask.outside",
    full_res_mask: "mask.only_masked",
    full_res_mask_padding: "mask.padding",
    inpainting_fill: "mask.fill",
    inpaint_full_res: "mask.only_masked",
    fov_schedule: "motion.fov",
    padding_mode: "motion.padding",
    sampling_mode: "motion.sampling",
    enable_perspective_flip: "motion.perspective_flip",
    flip_2d_perspective: "motion.perspective_flip",
  }),
);

/** A hint for an unknown key in the given group, such as `did you mean motion.zoom?`. */
export function suggestKey(group: readonly string[], key: string): string {
  const other = OTHER_NAMES.get(key.toLowerCase());
  if (other !== undefined) return describeMeant(other);
  const prefix = group.length === 0 ? "" : `${anyItem(group)}.`;
  const here = KNOWN.filter(({ path }) => path.startsWith(prefix));
  const siblings = [...new Set(here.map(({ path }) => path.slice(prefix.length).split(".")[0]!))];
  const sibling = nearest(key, siblings);
  if (sibling !== undefined) return describeMeant(prefix + sibling);
  const elsewhere = nearest(key, [...new Set(KNOWN.map(({ path }) => path.split(".").at(-1)!))]);
  const setting = KNOWN.find(({ path }) => path.split(".").at(-1) === elsewhere);
  return setting === undefined
    ? `${group.length === 0 ? "settings" : `the keys of ${inWords(prefix.slice(0, -1))}`} are: ${siblings.join(", ")}`
    : describeMeant(setting.path);
}

function describeMeant(path: string): string {
  const parent = inWords(path.split(".").slice(0, -1).join("."));
  const place = parent === "" ? "" : ` (${path.split(".").at(-1)} under ${parent}:)`;
  return `did you mean ${inWords(path)}${place}?`;
}

/** Without the mark of list items: `controlnet.*.weight` → `controlnet.weight`. */
function inWords(path: string): string {
  return path.replace(".*", "");
}

/** The candidate within a third of its length in edits; undefined when nothing is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // Longer words cannot be near any name, and the distance takes time quadratic in the length.
  if (word.length > 64) return undefined;
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= Math.max(1, Math.floor(candidate.length / 3)) && edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}
