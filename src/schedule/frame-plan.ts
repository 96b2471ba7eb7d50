/** The plan of one frame: every number decided before the first pixel is made. Plain JSON, printable, hashable. */

/** One prompt text and its share; the shares of a frame sum to 1. */
export interface WeightedPrompt {
  readonly text: string;
  /** 0–1. */
  readonly weight: number;
}

/**
 * Everything that frame `frame` needs to know. Names of scheduled numbers are their settings paths, so that `motion.zoom` in a schedule,
 * a plan, a CSV column and an error is one and the same word. Units and ranges: see settings/schema.ts.
 */
export interface FramePlan {
  /** Output frame, from 0. */
  readonly frame: number;
  /** With `reverse`: the frame that this one is made from, frame + 1; not there where it is frame − 1. */
  readonly madeFrom?: number;
  /** frame / fps. */
  readonly timeSeconds: number;
  /** False for the frames between two diffused ones (cadence > 1): those are warped and blended only. */
  readonly diffuse: boolean;
  /** Share of the newer of two drawn pictures in this frame, 0–1; not there where an even cadence says it. */
  readonly newerShare?: number;
  /** Seed of this frame's noise, from seed and seed_behavior. */
  readonly seed: number;
  /** Seed of the grain where it is another one: Deforum draws it before it looks at its seed schedule. */
  readonly noiseSeed?: number;
  /** Seed of the noise that this frame's is turned towards, and how far, 0–1; not there in runs that never do. */
  readonly subseed?: number;
  readonly subseed_strength?: number;
  /** One entry, or two while one prompt changes into the next; embeddings are blended by weight. */
  readonly prompts: readonly WeightedPrompt[];
  readonly negativePrompt: string;
  /**
   * Frame of the last prompt key at or before this one, or, in the order of a `reverse` render, the frame after which this prompt comes in;
   * where a loop leads back to the first prompt it is the frame where it begins to. The color reference is taken anew when it changes.
   */
  readonly promptKey: number;
  /** Frames over which that prompt blends in, from the key on; 0 = at once. */
  readonly promptTransition: number;
  /** Share of the previous frame kept, 0–1; denoising = 1 − strength. */
  readonly strength: number;
  readonly guidance_scale: number;
  /** Share of the contrast added by guidance that is taken back, 0–1. */
  readonly guidance_rescale: number;
  /** Our name of the sampler, such as `dpmpp_2m_karras`. */
  readonly sampler: string;
  /** Name or path of the model that draws it, as written; not there in animations that one model draws. */
  readonly model?: string;
  readonly sampling: SamplingPlan;
  /** How strictly an instruct-pix2pix model follows the start picture. */
  readonly image_guidance_scale: number;
  /** Requested sampler steps, a whole number ≥ 1. */
  readonly steps: number;
  /** Layers of the text encoder left off at the end, a whole number, 0 = none. */
  readonly clip_skip: number;
  readonly motion: MotionPlan;
  readonly noise: {
    /** Blend of the noise picture, 0–1. */
    readonly amount: number;
    /** Factor on the latent noise of img2img. */
    readonly multiplier: number;
    /** What the mask of the noise picture is put together from; not there where the noise falls everywhere. */
    readonly mask?: string;
  };
  readonly feedback: {
    readonly contrast: number;
    readonly sharpen: {
      readonly amount: number;
      /** Odd kernel size in pixels. */
      readonly kernel: number;
      readonly sigma: number;
      readonly threshold: number;
    };
  };
  /** What optical flow does; not there when it is not used. */
  readonly flow?: FlowPlan;
  /** What the input video does; not there without one. */
  readonly hybrid?: HybridPlan;
  /** How the frame leads back to the first picture, at the end of a loop; not there elsewhere. */
  readonly closing?: ClosingPlan;
  /** What the mask is put together from; not there where it is a file as it is. */
  readonly mask?: string;
  /** What leads the animation to a picture; not there in runs without. */
  readonly guided?: GuidedPlan;
  /** Every LoRA of the run, of the settings and of any prompt; not there when there are none. */
  readonly loras?: readonly LoraPlan[];
  /** One entry per ControlNet, in the order of the settings; not there when there are none. */
  readonly controlnet?: readonly ControlPlan[];
}

/** What a frame at the end of a loop is mixed with: the first picture as it was so many moves before it came to be. */
export interface ClosingPlan {
  /** Share of it in what the frame is drawn over, 0–1. */
  readonly share: number;
  /** Moves from this frame to the first one of the next round, ≥ 1. */
  readonly ahead: number;
}

/** How far pictures are moved along the flow between them, 1 = all the way. */
export interface FlowPlan {
  /** Frames between two diffused ones. */
  readonly cadence_factor: number;
  /** The start of the second drawing. */
  readonly redo_factor: number;
}

/** How the picture of an input video takes part. */
export interface HybridPlan {
  /** Share of the mix, 0–1. */
  readonly alpha: number;
  /** How far the animation follows the video's motion, 1 = all the way. */
  readonly flow_factor: number;
  readonly mask: {
    /** Share of the video in the gray of the blend mask. */
    readonly blend_alpha: number;
    readonly contrast: number;
    /** Percentiles, 0–100. */
    readonly auto_contrast_cutoff_low: number;
    readonly auto_contrast_cutoff_high: number;
  };
}

/** How a picture leads a frame. */
export interface GuidedPlan {
  /** Which of the pictures, counted by their frames from 0. */
  readonly picture: number;
  /** Share of the picture in what the frame is drawn over; mostly 0–1. */
  readonly blend: number;
  /** Share of the picture in the colors that the frame is matched to, 0–1. */
  readonly color_correction: number;
}

/** How strongly a LoRA acts at one frame; 0 = as if it were not there. */
export interface LoraPlan {
  /** Name of its file without `.safetensors`. */
  readonly name: string;
  /** In the UNet. */
  readonly weight: number;
  /** In the text encoders. */
  readonly text_weight: number;
}

/** What a ControlNet does at one frame. */
export interface ControlPlan {
  /** Factor, 1 = as trained; 0 leaves the ControlNet out. */
  readonly weight: number;
  /** Share of the steps, 0–1, before and after which it is left out. */
  readonly start: number;
  readonly end: number;
  /** Of Canny's edges, in gray levels. */
  readonly low_threshold: number;
  readonly high_threshold: number;
  /** Deviation of the blur before them, in pixels. */
  readonly blur: number;
  /** How much coarser the tile preprocessor makes the picture. */
  readonly downsample: number;
}

/** The finer settings of the sampler; each sampler reads a few of them. */
export interface SamplingPlan {
  /** Shares of the noise drawn anew in each step, 0–1. */
  readonly ancestral_eta: number;
  readonly ddim_eta: number;
  readonly tcd_eta: number;
  /** Factor on all noise that the sampler adds. */
  readonly s_noise: number;
  /** Noise over the whole walk, and the noise levels between which it is added; an s_tmax of 0 is no limit. */
  readonly s_churn: number;
  readonly s_tmin: number;
  readonly s_tmax: number;
  /** Added to the seed for the noise of the steps. */
  readonly eta_noise_seed_delta: number;
  /** Whether img2img starts between two noise levels; not there when it does not. */
  readonly fractional_strength?: true;
}

/** The camera of one frame. Signs and units are Deforum's. */
export interface MotionPlan {
  /** 2D, degrees, positive = counter-clockwise on screen. */
  readonly angle: number;
  /** 2D, factor, > 1 enlarges. */
  readonly zoom: number;
  /** 2D: pixels, positive = picture moves right. 3D: 1/200 world unit, positive = picture moves left. */
  readonly translation_x: number;
  /** 2D: pixels, 3D: 1/200 world unit; positive = picture moves down. */
  readonly translation_y: number;
  /** 3D: 1/200 world unit, positive = forward. */
  readonly translation_z: number;
  /** 2D: centre of angle and zoom as a share of the width. */
  readonly transform_center_x: number;
  readonly transform_center_y: number;
  /** 3D, degrees: positive = picture moves down. */
  readonly rotation_3d_x: number;
  /** 3D, degrees: positive = picture moves left. */
  readonly rotation_3d_y: number;
  /** 3D, degrees: positive = picture turns counter-clockwise. */
  readonly rotation_3d_z: number;
  /** 3D, degrees. */
  readonly fov: number;
  /** 3D: divides horizontal offsets. */
  readonly aspect_ratio: number;
  /** 3D, factor by which the lens has enlarged the picture since the frame before; not there without motion.fov_zoom. */
  readonly lens_zoom?: number;
  /** Degrees; used when motion.perspective_flip is on. */
  readonly perspective_flip_theta: number;
  readonly perspective_flip_phi: number;
  readonly perspective_flip_gamma: number;
  readonly perspective_flip_fv: number;
  /** With `reverse`: the flip is taken back, see motion/camera.ts; not there where it is not. */
  readonly perspective_flip_back?: true;
}
