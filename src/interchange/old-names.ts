/** Names and values that settings files of earlier versions and of the notebook have, and what they are called today. */

import { type JsonEntry, type JsonObject, plainJson } from "./json-node.ts";

/** A field under its present name. */
export interface CurrentField {
  readonly writtenAs: string;
  readonly entry: JsonEntry;
  readonly value: unknown;
}

/** Old name → today's. Numbers become constant schedules where today's field is a schedule: any field may be a plain number. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["flip_2d_perspective", "enable_perspective_flip"],
  ["skip_video_for_run_all", "skip_video_creation"],
  ["enable_schedule_samplers", "enable_sampler_scheduling"],
  ["scale", "cfg_scale_schedule"],
  ["fov", "fov_schedule"],
  ["near_plane", "near_schedule"],
  ["far_plane", "far_schedule"],
  ["use_zoe_depth", "depth_algorithm"],
  ["animation_prompts", "prompts"],
]);

type Rewrite = (value: unknown) => unknown;

/** A flag of earlier versions that is a choice today. */
function switched(off: string, on: string): Rewrite {
  return (value) => (value === false ? off : value === true ? on : value);
}

function spelled(spellings: Readonly<Record<string, string>>): Rewrite {
  return (value) => (typeof value === "string" && Object.hasOwn(spellings, value) ? spellings[value] : value);
}

/** Old values → today's, by today's name of the field. */
const REWRITTEN: ReadonlyMap<string, Rewrite> = new Map([
  [
    "color_coherence",
    spelled({
      "Match Frame 0 HSV": "HSV",
      "Match Frame 0 LAB": "LAB",
      "Match Frame 0 RGB": "RGB",
    }),
  ],
  ["hybrid_composite", switched("None", "Normal")],
  ["optical_flow_cadence", switched("None", "DIS Fine")],
  ["optical_flow_redo_generation", switched("None", "DIS Fine")],
  ["add_soundtrack", switched("None", "File")],
  ["depth_algorithm", switched("Midas+AdaBins (old)", "Zoe+AdaBins (old)")],
  ["fill", (value) => FILLS[Number(value)] ?? value],
]);

/** `fill` as the number that older files have. */
const FILLS: readonly string[] = ["fill", "original", "latent noise", "latent nothing"];

const RESIZE_MODES = spelled({
  "Envelope (Outer Fit)": "Outer Fit (Shrink to Fit)",
  "Scale to Fit (Inner Fit)": "Inner Fit (Scale to Fit)",
});

/**
 * Every field of the file under its present name, in the order of the file. A present name beats an old one that leads to it; the old one then
 * stands for itself, as any name that nobody knows.
 */
export function currentFields(root: JsonObject): Map<string, CurrentField> {
  const fields = new Map<string, CurrentField>();
  for (const [writtenAs, entry] of root.entries) {
    const name = presentName(writtenAs, root);
    fields.set(name, { writtenAs, entry, value: rewriteOf(name)(plainJson(entry.node)) });
  }
  return fields;
}

function presentName(writtenAs: string, { entries }: JsonObject): string {
  // The notebook keeps the prompts of single pictures beside those of the animation.
  const isOfPictures = entries.has("animation_prompts") && entries.get("prompts")?.node.kind === "list";
  if (isOfPictures && writtenAs === "prompts") return "prompts of single pictures";
  const current = RENAMED.get(writtenAs) ?? writtenAs;
  const isFree = current === writtenAs || !entries.has(current) || isOfPictures;
  return isFree ? current : writtenAs;
}

function rewriteOf(current: string): Rewrite {
  if (/^cn_\d_resize_mode$/.test(current)) return RESIZE_MODES;
  return REWRITTEN.get(current) ?? ((value) => value);
}
