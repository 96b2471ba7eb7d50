/** Where our loop does otherwise than the traced runs of Deforum's, by the trace's name, and why. */

/** The order is that of the list that the tests print. */
export const LOOP_DEVIATIONS: ReadonlyMap<string, string> = new Map([
  [
    "seed_schedule",
    "seeds of the grain come from the run's seed, not from a generator that nobody seeds: runs repeat",
  ],
  ["seed_schedule_default", "the same, and seeds of −1 are drawn from it and recorded"],
  ["guided", "the same: guided images follow the seed schedule"],
  ["flow_redo", "seeds of drawings that are thrown away come from the run's seed, too"],
  ["diffusion_redo2", "seeds of drawings that are thrown away come from the run's seed, too"],
  [
    "hybrid_farneback",
    "Deforum ends with an error of NumPy's in frame 2; the flow is found for every frame here",
  ],
  ["hybrid_affine", "the fitted motion follows optical flow instead of SIFT's points, which comes first"],
  ["hybrid_video_color", "a composite of alpha 0, which changes nothing, is left out"],
  ["mask_file_invert", "Deforum forgets the mask when it is inverted; it counts here"],
  ["prompts_max_f_key", "Deforum ends with an error; max_f is the last frame here"],
  ["motion_preview", "`animate preview` shows the move on a picture that stays as it is, without an outline"],
  ["resume_c1_4", "Deforum begins again with the first seed; runs go on with the same bytes here"],
  ["resume_c2_5", "the same, and Deforum draws over a picture that is a frame too old"],
  ["resume_c2_6", "the same, and Deforum draws over a picture that is a frame too old"],
]);
