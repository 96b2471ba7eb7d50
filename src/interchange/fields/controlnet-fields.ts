/** Deforum's fields of its five ControlNet units; a unit that is enabled becomes an item of our list. */

import { BUILT_IN_PREPROCESSORS } from "../../settings/controlnet-schema.ts";
import { loraName } from "../../settings/lora-schema.ts";
import type { Draft } from "../draft.ts";
import type { ExportSource } from "../export-source.ts";
import { bareModelName } from "../model-names.ts";
import { type Field, idle, missingWith, partOf } from "./field.ts";

const UNITS = 5;

/** Preprocessors that we have, by the web UI's names. */
const PREPROCESSORS: ReadonlyMap<string, string> = new Map([
  ["none", "none"],
  ["canny", "canny"],
  ["tile_resample", "tile"],
  ["depth_midas", "depth"],
  ["depth_anything_v2", "depth"],
  ["depth_zoe", "depth"],
  ["recolor_luminance", "luminance"],
]);

function unitFields(unit: number): readonly Field[] {
  const name = (field: string): string => `cn_${unit}_${field}`;
  const isOn = (draft: Draft): boolean => draft.isOn(name("enabled"), false);
  const itemOf = ({ settings }: ExportSource) => settings.controlnet[unit - 1];
  const curve =
    (setting: string) =>
    (source: ExportSource): unknown =>
      itemOf(source) && source.schedule(`controlnet.${unit - 1}.${setting}`);
  const unused = (field: string, defaultValue: unknown, reason: string): Field =>
    missingWith(name(field), defaultValue, reason, isOn);
  return [
    idle(name("overwrite_frames"), true, "pictures are read where they lie; nothing is extracted"),
    partOf(name("vid_path"), "", (source) => {
      const input = itemOf(source)?.input;
      return input === undefined || input === "previous" ? "" : input;
    }),
    unused("mask_vid_path", "", "masks of ControlNets do not work in Deforum either"),
    {
      name: name("enabled"),
      defaultValue: false,
      paths: UNIT_SETTINGS.map((setting) => `controlnet.${unit - 1}.${setting}`),
      carry(draft) {
        if (isOn(draft)) carryUnit(draft, name);
      },
      toDeforum: (source) => itemOf(source) !== undefined,
    },
    idle(name("low_vram"), false, "memory is the machine's matter: low_memory"),
    idle(name("pixel_perfect"), false, "preprocessors always work at the size of the frame"),
    partOf(name("module"), "none", (source) => moduleOf(source, unit - 1)),
    partOf(name("model"), "None", (source) => {
      const item = itemOf(source);
      return item && loraName(item.model);
    }),
    partOf(name("weight"), "0:(1)", curve("weight")),
    partOf(name("guidance_start"), "0:(0.0)", curve("start")),
    partOf(name("guidance_end"), "0:(1.0)", curve("end")),
    idle(name("processor_res"), 64, "preprocessors always work at the size of the frame"),
    partOf(name("threshold_a"), 64, (source) => thresholdOf(source, unit - 1, "low_threshold")),
    partOf(name("threshold_b"), 64, (source) => thresholdOf(source, unit - 1, "high_threshold")),
    unused("resize_mode", "Inner Fit (Scale to Fit)", "pictures are made to cover the frame, and cut"),
    partOf(name("control_mode"), "Balanced", (source) => {
      const mode = itemOf(source)?.control_mode;
      return Object.keys(CONTROL_MODES).find((word) => CONTROL_MODES[word] === mode);
    }),
    partOf(name("loopback_mode"), false, (source) => itemOf(source)?.input === "previous"),
  ];
}

const CONTROL_MODES: Readonly<Record<string, string>> = {
  Balanced: "balanced",
  "My prompt is more important": "prompt",
  "ControlNet is more important": "control",
};

const UNIT_SETTINGS = [
  "model",
  "input",
  "preprocessor",
  "control_mode",
  "weight",
  "start",
  "end",
  "low_threshold",
  "high_threshold",
] as const;

function carryUnit(draft: Draft, name: (field: string) => string): void {
  const model = bareModelName(draft.text(name("model"), "None"));
  const video = draft.text(name("vid_path"), "").replaceAll("\\", "/");
  const isLooped = draft.isOn(name("loopback_mode"), false);
  if (!draft.isInLibrary("controlnet", model)) {
    return draft.lost(
      name("model"),
      "is not in the model library, so the unit is left out; add it and import again",
    );
  }
  if (video === "" && !isLooped) {
    return draft.lost(
      name("enabled"),
      "has neither a video nor loopback, so the unit has nothing to look at and is left out",
    );
  }
  const item = `controlnet.${draft.listLength("controlnet")}`;
  draft.set(`${item}.model`, model, name("model"));
  draft.set(
    `${item}.input`,
    isLooped ? "previous" : video,
    isLooped ? name("loopback_mode") : name("vid_path"),
  );
  const module = draft.text(name("module"), "none");
  const preprocessor = PREPROCESSORS.get(module.toLowerCase());
  if (preprocessor === undefined)
    draft.lost(
      name("module"),
      `there are ${BUILT_IN_PREPROCESSORS.join(", ")} only; the pictures are shown as they are`,
    );
  draft.set(`${item}.preprocessor`, preprocessor ?? "none", name("module"));
  const mode = draft.text(name("control_mode"), "Balanced");
  draft.set(`${item}.control_mode`, CONTROL_MODES[mode] ?? "balanced", name("control_mode"));
  draft.setSchedule(`${item}.weight`, name("weight"), "0:(1)");
  draft.setSchedule(`${item}.start`, name("guidance_start"), "0:(0.0)");
  draft.setSchedule(`${item}.end`, name("guidance_end"), "0:(1.0)");
  if (preprocessor !== "canny") return;
  draft.set(`${item}.low_threshold`, draft.number(name("threshold_a"), 64), name("threshold_a"));
  draft.set(`${item}.high_threshold`, draft.number(name("threshold_b"), 64), name("threshold_b"));
}

function moduleOf(source: ExportSource, index: number): string {
  const preprocessor = source.settings.controlnet[index]?.preprocessor ?? "none";
  const module = [...PREPROCESSORS].find(([, ours]) => ours === preprocessor)?.[0];
  if (module === undefined)
    source.note(`controlnet.${index}.preprocessor`, "Deforum has no such preprocessor");
  return module ?? "none";
}

function thresholdOf(
  source: ExportSource,
  index: number,
  setting: "low_threshold" | "high_threshold",
): number {
  if (source.settings.controlnet[index]?.preprocessor !== "canny") return 64;
  const path = `controlnet.${index}.${setting}`;
  if (source.changes(path))
    source.note(path, "does not change over time in Deforum; the first value is written");
  return source.values(path)[0]!;
}

/** Fields of the units, in the order in which they are written. */
export const CONTROLNET_FIELDS: readonly Field[] = Array.from({ length: UNITS }, (_, index) =>
  unitFields(index + 1),
).flat();
