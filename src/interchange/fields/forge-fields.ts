/** Fields that the Forge fork of Deforum adds; Deforum's own files do not have them, and exports write them only where they say something. */

import type { Draft } from "../draft.ts";
import type { Field } from "./field.ts";

/** The fork's words for which frames are drawn → ours. */
const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map([
  ["Off", "off"],
  ["Keyframes Only", "keyframes_only"],
  ["Additive", "additive"],
  ["Redistributed", "redistributed"],
]);

const STRENGTH = "keyframe_strength_schedule";

/** Fields of the fork, in the order in which they are written. */
export const FORGE_FIELDS: readonly Field[] = [
  {
    name: "keyframe_distribution",
    defaultValue: undefined,
    paths: ["keyframe_distribution"],
    carry: carryDistribution,
    toDeforum({ settings: { keyframe_distribution: ours } }) {
      return ours === "off" ? undefined : [...DISTRIBUTIONS].find(([, word]) => word === ours)![0];
    },
  },
  {
    name: STRENGTH,
    defaultValue: undefined,
    paths: ["keyframe_strength"],
    carry(draft) {
      if (!draft.file.has(STRENGTH)) return;
      if (isDistributed(draft)) draft.setSchedule("keyframe_strength", STRENGTH, "0: (0.5)");
      else draft.note("idle", STRENGTH, "counts only with keyframe_distribution");
    },
    toDeforum(source) {
      const { keyframe_strength, keyframe_distribution } = source.settings;
      if (keyframe_strength === null) return undefined;
      if (keyframe_distribution === "off")
        source.note("keyframe_strength", "the Forge fork reads it only with keyframe_distribution");
      return source.schedule("keyframe_strength");
    },
  },
];

function wordOf(draft: Draft): string | undefined {
  const written = draft.text("keyframe_distribution", "Off").toLowerCase();
  return [...DISTRIBUTIONS].find(([theirs]) => theirs.toLowerCase() === written)?.[1];
}

/** Whether each frame is drawn by itself, so that none lies between two others. */
function drawsSingly(draft: Draft): boolean {
  return ["Interpolation", "Video Input"].includes(draft.text("animation_mode", "2D"));
}

function isDistributed(draft: Draft): boolean {
  return !drawsSingly(draft) && (wordOf(draft) ?? "off") !== "off";
}

function carryDistribution(draft: Draft): void {
  const name = "keyframe_distribution";
  if (!draft.file.has(name)) return;
  const word = wordOf(draft);
  if (word === undefined) return draft.lost(name, "there is no such distribution; taken as Off");
  if (word === "off") return;
  if (drawsSingly(draft)) return draft.note("idle", name, "counts for nothing in this mode");
  draft.set(name, word, name);
  const keys =
    draft.text("parseq_manifest", "") === ""
      ? ""
      : "; frames with a prompt of their own are keys, not all of Parseq's";
  draft.changed(
    name,
    `the cadence counts from frame 0, and the last frame is drawn only where it is one of those${keys}`,
  );
}
