/** Which settings decide a single picture, without the animation around it. */

/** Groups and settings by their first key. */
export const PICTURE_SETTINGS = [
  "model",
  "vae",
  "prediction",
  "flow_shift",
  "size",
  "seed",
  "subseed",
  "subseed_strength",
  "seed_resize_from",
  "sampler",
  "steps",
  "guidance_scale",
  "guidance_rescale",
  "sampling",
  "positive_prompt",
  "negative_prompt",
  "clip_skip",
  "loras",
  "embeddings",
  "video",
  "thumbnails",
  "device",
  "low_memory",
  "precision",
  "vae_tiling",
  "threads",
] as const;

/** Of these, those that change nothing in the picture itself. */
export const BESIDE_THE_PICTURE: ReadonlySet<string> = new Set(["video", "thumbnails", "threads"]);
