/** Names of checkpoints and ControlNets in settings files, as the model library knows them. */

import { planModels } from "../schedule/model-plan.ts";
import { parseTextSchedule } from "../schedule/schedule.ts";
import { loraName } from "../settings/lora-schema.ts";
import type { DeforumFile } from "./deforum-file.ts";
import type { Draft } from "./draft.ts";
import type { ExportSource } from "./export-source.ts";
import { readTextKeys, writeTextKeys } from "./text-keys.ts";

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

/** A checkpoint under its name in the library, at a place in a schedule. */
interface Checkpoint {
  readonly at: string;
  readonly name: string;
}

interface Checkpoints {
  readonly field: string;
  /** In the order written; one at 0 where there is no schedule. Undefined for a schedule that cannot be read. */
  readonly keys: readonly Checkpoint[] | undefined;
}

/** The checkpoints that draw: those of the schedule, if that is switched on, else the one that was loaded. */
function checkpointsOf(file: DeforumFile): Checkpoints {
  const isScheduled =
    String(file.field("enable_checkpoint_scheduling", false).value).toLowerCase() === "true";
  const field = isScheduled ? "checkpoint_schedule" : "sd_model_name";
  const { value } = file.field(field, null);
  if (typeof value !== "string" || value.trim() === "") return { field, keys: [] };
  if (!isScheduled) return { field, keys: [{ at: "0", name: bareModelName(value) }] };
  return {
    field,
    keys: readTextKeys(value)?.map(({ at, text }) => ({ at, name: bareModelName(text) })),
  };
}

export function carryModel(draft: Draft): void {
  const { field, keys } = checkpointsOf(draft.file);
  // A mistake in it is the loader's to tell.
  if (keys === undefined) return draft.set("model", draft.text(field, ""), field);
  const named = keys.filter(({ name }) => name !== "");
  if (named.length === 0) {
    draft.set("model", STAND_IN_MODEL, "sd_model_name");
    draft.note("default", "sd_model_name", `names no model: the embedded ${STAND_IN_MODEL} draws`);
    return;
  }
  const here = named.filter(({ name }) => draft.isInLibrary("model", name));
  if (here.length < named.length) {
    const absent = named.filter((key) => !here.includes(key)).map(({ name }) => name);
    const instead = here.length === 0 ? `the embedded ${STAND_IN_MODEL} draws` : "the others draw";
    const reason = `not in the model library, so ${instead} instead; put it there with \`animate models add\` and import again, or set model`;
    // In a schedule it has to be said which one; a single name is shown anyway.
    if (field === "sd_model_name") draft.lost(field, `is ${reason}`);
    else draft.note("lost", field, `${[...new Set(absent)].join(", ")}: ${reason}`);
  }
  const first = here[0]?.name ?? STAND_IN_MODEL;
  const changes = here.some(({ name }) => name !== first);
  draft.set("model", changes ? Object.fromEntries(here.map(({ at, name }) => [at, name])) : first, field);
}

/** The schedule in Deforum's notation; undefined when one model draws everything. */
export function checkpointScheduleText(source: ExportSource): string | undefined {
  const { settings, context } = source;
  if (new Set(planModels(settings.model, context)).size < 2) return undefined;
  const keys = parseTextSchedule(settings.model).resolve(context);
  if (keys.some(({ text }) => /[,:()"']/.test(fileName(text))))
    source.note(
      "model",
      "Deforum cuts names at commas and colons, and takes brackets and quotes out of them",
    );
  return writeTextKeys(keys.map(({ frame, text }) => [frame, fileName(text)]));
}

/** The model that draws frame 0, as Deforum names checkpoints. */
export function firstCheckpoint({ settings, context }: ExportSource): string {
  return fileName(planModels(settings.model, context)[0]!);
}

function fileName(model: string): string {
  return `${loraName(model)}.safetensors`;
}

/** Every name that an import will look for, so that the library is asked once. */
export function wantedNames(file: DeforumFile): {
  readonly models: string[];
  readonly controlnets: string[];
} {
  const { keys = [] } = checkpointsOf(file);
  const controlnets = [1, 2, 3, 4, 5].flatMap((unit) => {
    const { value } = file.field(`cn_${unit}_model`, "None");
    return typeof value === "string" && value !== "None" ? [bareModelName(value)] : [];
  });
  return { models: keys.map(({ name }) => name).filter((name) => name !== ""), controlnets };
}
