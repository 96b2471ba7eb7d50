/** Parseq manifests: values for every frame, from sd-parseq, in a file of their own or inside a settings file. */

import { LIMITS } from "../limits.ts";
import { describeValue } from "../settings/describe-value.ts";
import { compactSchedule } from "./compact-schedule.ts";
import type { Draft } from "./draft.ts";
import { type JsonNode, type JsonObject, plainJson } from "./json-node.ts";
import { readJson } from "./json-reader.ts";

/** Parseq's parameters → our settings. */
const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ["angle", "motion.angle"],
  ["zoom", "motion.zoom"],
  ["translation_x", "motion.translation_x"],
  ["translation_y", "motion.translation_y"],
  ["translation_z", "motion.translation_z"],
  ["transform_center_x", "motion.transform_center_x"],
  ["transform_center_y", "motion.transform_center_y"],
  ["rotation_3d_x", "motion.rotation_3d_x"],
  ["rotation_3d_y", "motion.rotation_3d_y"],
  ["rotation_3d_z", "motion.rotation_3d_z"],
  ["perspective_flip_theta", "motion.perspective_flip_theta"],
  ["perspective_flip_phi", "motion.perspective_flip_phi"],
  ["perspective_flip_gamma", "motion.perspective_flip_gamma"],
  ["perspective_flip_fv", "motion.perspective_flip_fv"],
  ["fov", "motion.fov"],
  ["noise", "noise.amount"],
  ["noise_multiplier", "noise.multiplier"],
  ["strength", "strength"],
  ["scale", "guidance_scale"],
  ["steps", "steps"],
  ["contrast", "feedback.contrast"],
  ["antiblur_amount", "feedback.sharpen.amount"],
  ["antiblur_kernel", "feedback.sharpen.kernel"],
  ["antiblur_sigma", "feedback.sharpen.sigma"],
  ["antiblur_threshold", "feedback.sharpen.threshold"],
  ["ddim_eta", "sampling.ddim_eta"],
  ["ancestral_eta", "sampling.ancestral_eta"],
  ["seed", "seed_schedule"],
  ["hybrid_comp_alpha", "hybrid.alpha"],
  ["hybrid_comp_mask_blend_alpha", "hybrid.mask.blend_alpha"],
  ["hybrid_comp_mask_contrast", "hybrid.mask.contrast"],
  ["hybrid_comp_mask_auto_contrast_cutoff_low", "hybrid.mask.auto_contrast_cutoff_low"],
  ["hybrid_comp_mask_auto_contrast_cutoff_high", "hybrid.mask.auto_contrast_cutoff_high"],
  ["hybrid_flow_factor", "hybrid.flow_factor"],
  ["cadence_flow_factor", "flow.cadence_factor"],
  ["redo_flow_factor", "flow.redo_factor"],
]);

/** Parameters of Deforum that Parseq manages and we have nothing for. */
const ABSENT: ReadonlySet<string> = new Set([
  "subseed",
  "subseed_strength",
  "aspect_ratio",
  "pix2pix_img_cfg_scale",
  "guided_imageStrength",
  "guided_blendFactorMax",
  "guided_blendFactorSlope",
  "guided_tweening",
  "guided_colorCorrection",
]);

/** Moves: Parseq counts them from the start of the animation, the camera from frame to frame. */
const MOVES = /^(?:angle|zoom|translation_[xyz]|rotation_3d_[xyz]|perspective_flip_(?:theta|phi|gamma))$/;

/** Whether a JSON value is a manifest, and not a settings file. */
export function isParseqManifest({ entries }: JsonObject): boolean {
  return entries.get("rendered_frames")?.node.kind === "list" && !entries.has("animation_mode");
}

/** Puts the manifest of the file, if there is one, above the file's own schedules. */
export function carryParseq(draft: Draft): void {
  const { value, node } = draft.file.field("parseq_manifest", "");
  if (node === undefined || value === null || value === "") return;
  if (typeof value === "string" && /^\s*https?:/i.test(value)) {
    return draft.lost(
      "parseq_manifest",
      "nothing is fetched from the network; save the manifest and put its text here",
    );
  }
  const manifest = typeof value === "string" ? openManifest(value) : node;
  if (typeof manifest === "string") return draft.note("lost", "parseq_manifest", manifest);
  carryManifest(draft, manifest, "parseq_manifest");
}

/** The manifest that a text holds, or why it holds none. */
function openManifest(text: string): JsonNode | string {
  const read = readJson(text);
  if ("node" in read) return read.node;
  return `cannot be read: ${read.mistake.message}, at character ${read.mistake.offset} of its text`;
}

type Frame = Readonly<Record<string, unknown>>;

/**
 * Carries the parameters of a manifest over. One counts as managed when the first frame has it; frames without data hold the last value.
 *
 * @param field the field that notes are about
 */
export function carryManifest(draft: Draft, node: JsonNode, field: string): void {
  const manifest = node.kind === "object" ? plainJson(node) : undefined;
  const { options, rendered_frames } = (manifest ?? {}) as { options?: unknown; rendered_frames?: unknown };
  const frames = Array.isArray(rendered_frames) ? rendered_frames.filter(isFrame) : [];
  if (frames.length === 0) {
    return draft.note("lost", field, `expected rendered_frames, found ${describeValue(rendered_frames)}`);
  }
  const last = Math.max(
    ...[frames.at(-1)!, frames[0]!].map((frame) => Number(frame["frame"])),
    frames.length - 1,
  );
  const overrides = draft.isOn("parseq_non_schedule_overrides", true);
  if (overrides) carryOptions(draft, options, last + 1, field);
  const count = overrides ? Math.min(LIMITS.settings.frames, last + 1) : draft.context.frames;
  draft.context = { ...draft.context, frames: count };
  const byFrame = spread(frames, count);
  carryParameters(draft, byFrame, field);
  carryManifestPrompts(draft, byFrame, field);
}

function isFrame(value: unknown): value is Frame {
  if (typeof value !== "object" || value === null) return false;
  const frame: unknown = Reflect.get(value, "frame");
  return Number.isSafeInteger(frame) && Number(frame) >= 0 && Number(frame) < LIMITS.settings.frames;
}

function carryOptions(draft: Draft, options: unknown, frames: number, field: string): void {
  const { output_fps, cadence } = (typeof options === "object" && options !== null ? options : {}) as Frame;
  const fps = Number(output_fps);
  if (fps >= 1 && fps <= 120) draft.set("fps", fps, field);
  const step = Math.trunc(Number(cadence));
  if (step >= 1 && step <= 50) draft.set("cadence", step, field);
  draft.set("frames", Math.min(LIMITS.settings.frames, frames), field);
}

/** The frame object of each frame; one that is missing is the one before it. */
function spread(frames: readonly Frame[], count: number): Frame[] {
  const byFrame: Frame[] = Array.from({ length: count });
  for (const frame of frames) if (Number(frame["frame"]) < count) byFrame[Number(frame["frame"])] = frame;
  let current = frames[0]!;
  for (let index = 0; index < count; index++) {
    current = byFrame[index] ?? current;
    byFrame[index] = current;
  }
  return byFrame;
}

function carryParameters(draft: Draft, frames: readonly Frame[], field: string): void {
  const useDeltas = draft.isOn("parseq_use_deltas", true);
  const first = frames[0]!;
  for (const [parameter, path] of PARAMETERS) {
    if (first[parameter] === undefined || first[parameter] === null) continue;
    const values = useDeltas && MOVES.test(parameter) ? deltas(frames, parameter) : column(frames, parameter);
    if (values.some((value) => !Number.isFinite(value))) {
      draft.note("lost", field, `has no number for ${parameter} on some frames: the parameter is left out`);
      continue;
    }
    draft.set(path, draft.fitted(path, field, compactSchedule(values)), field);
    if (parameter === "seed") draft.set("seed_behavior", "schedule", field);
    if (parameter === "perspective_flip_theta") draft.values.set("motion.perspective_flip", flips(frames));
  }
  const absent = [...ABSENT].filter((parameter) => moves(frames, parameter));
  if (absent.length > 0)
    draft.note("lost", field, `manages ${absent.join(", ")}, which animate does not have yet`);
}

/** Parseq's own differences where it wrote them, else ours: the first frame's value, then what is added; factors for zoom. */
function deltas(frames: readonly Frame[], parameter: string): number[] {
  const name = `${parameter}_delta`;
  if (frames[0]![name] !== undefined && frames[0]![name] !== null) return column(frames, name);
  const values = column(frames, parameter);
  const base = parameter === "zoom" ? 1 : 0;
  return values.map((value, frame) => (frame === 0 ? value : base + value - values[frame - 1]!));
}

function column(frames: readonly Frame[], name: string): number[] {
  return frames.map((frame) => {
    const value = frame[name];
    return typeof value === "string" && value.trim() !== ""
      ? Number(value)
      : typeof value === "number"
        ? value
        : Number.NaN;
  });
}

function moves(frames: readonly Frame[], parameter: string): boolean {
  const first = frames[0]![parameter];
  return first !== undefined && frames.some((frame) => frame[parameter] !== first);
}

function flips(frames: readonly Frame[]): boolean {
  const angles = ["perspective_flip_theta", "perspective_flip_phi", "perspective_flip_gamma"];
  return angles.some((name) => frames.some((frame) => Number(frame[name] ?? 0) !== 0));
}

/** Prompts change at frames only, so a key stands where the text does. Parseq writes both parts into one text, with `--neg` between. */
function carryManifestPrompts(draft: Draft, frames: readonly Frame[], field: string): void {
  if (typeof frames[0]!["deforum_prompt"] !== "string") return;
  // Deforum takes these texts as they are.
  draft.unset("positive_prompt");
  const prompts: Record<string, string> = {};
  let current: unknown;
  for (const [index, frame] of frames.entries()) {
    const text = frame["deforum_prompt"];
    if (typeof text === "string" && text !== current) prompts[index] = text;
    current = text ?? current;
  }
  draft.set("prompts", prompts, field);
}
