/** Tells another program's file from a schedule of ours. */

/** Words that stand in every settings file of Deforum, and in every manifest of Parseq. */
const MARKS =
  /"(?:animation_mode|max_frames|diffusion_cadence|strength_schedule|noise_schedule|translation_x|sd_model_name|seed_behavior|rendered_frames)"\s*:/;
/** None of them stands in ours: our names differ, and YAML has no need for the quotes. */
const OURS = /"(?:size|frames|cadence|guidance_scale|motion)"\s*:/;

/** Whether the text is a JSON object that Deforum or Parseq wrote; a schedule of ours may be JSON, too. */
export function isInterchange(text: string): boolean {
  return /^[\s\ufeff]*\{/.test(text) && MARKS.test(text) && !OURS.test(text);
}
