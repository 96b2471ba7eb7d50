/** Names of checkpoints and ControlNets in settings files, as the model library knows them. */

import { ScheduleError } from "../errors.ts";
import { parseTextSchedule } from "../schedule/schedule.ts";
import type { DeforumFile } from "./deforum-file.ts";
import type { Draft } from "./draft.ts";

/** What stands in when a checkpoint is not on this machine. */
export const STAND_IN_MODEL = "storybook";

/** The web UI's `folder\model.safetensors [0123abcd]` as `folder/model`. */
export function bareModelName(written: string): string {
  return written
    .replace(/\s*\[[0-9a-f]{6,64}\]\s*$/i, "")
    .replaceAll("\\", "/")
    .replace(/\.(?:safetensors|ckpt|pt|pth|bin)$/i, "")
    .trim();
}

/** The checkpoint that draws frame 0: the schedule's, if that is switched on, else the one that was loaded. */
export function checkpointOf(
  file: DeforumFile,
): { readonly field: string; readonly name: string } | undefined {
  const isScheduled =
    String(file.field("enable_checkpoint_scheduling", false).value).toLowerCase() === "true";
  const field = isScheduled ? "checkpoint_schedule" : "sd_model_name";
  const { value } = file.field(field, null);
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const name = bareModelName(isScheduled ? firstText(value) : value);
  return name === "" ? undefined : { field, name };
}

function firstText(source: string): string {
  try {
    return parseTextSchedule(source).resolve({ frames: 1, seed: 0, fps: 1, bpm: 60 })[0]!.text;
  } catch (error) {
    if (error instanceof ScheduleError) return "";
    throw error;
  }
}

export function carryModel(draft: Draft): void {
  const checkpoint = checkpointOf(draft.file);
  if (checkpoint === undefined) {
    draft.set("model", STAND_IN_MODEL, "sd_model_name");
    draft.note("default", "sd_model_name", `names no model: the embedded ${STAND_IN_MODEL} draws`);
    return;
  }
  const { field, name } = checkpoint;
  const isHere = draft.isInLibrary("model", name);
  if (!isHere) {
    draft.lost(
      field,
      `is not in the model library, so the embedded ${STAND_IN_MODEL} draws instead; put it there with \`animate models add\` and import again, or set model`,
    );
  }
  draft.set("model", isHere ? name : STAND_IN_MODEL, field);
}

/** Every name that an import will look for, so that the library is asked once. */
export function wantedNames(file: DeforumFile): {
  readonly models: string[];
  readonly controlnets: string[];
} {
  const checkpoint = checkpointOf(file);
  const controlnets = [1, 2, 3, 4, 5].flatMap((unit) => {
    const { value } = file.field(`cn_${unit}_model`, "None");
    return typeof value === "string" && value !== "None" ? [bareModelName(value)] : [];
  });
  return { models: checkpoint === undefined ? [] : [checkpoint.name], controlnets };
}
