/** Deforum's fields of pictures from outside: start picture, masks, guided images. */

import { parseTextSchedule } from "../../schedule/schedule.ts";
import { carryFile, isUrl } from "../carry-file.ts";
import type { Draft } from "../draft.ts";
import type { ExportSource } from "../export-source.ts";
import { between, type Field, idle, onlyWith, partOf, schedule } from "./field.ts";
import { MASK_FIELDS } from "./mask-fields.ts";
import { SEED_SCHEDULE } from "./run-fields.ts";

const start: readonly Field[] = [
  {
    name: "use_init",
    defaultValue: false,
    paths: ["init.image", "init.strength"],
    carry(draft) {
      if (!draft.isOn("use_init", false)) return;
      const strength = between(0, 1)(draft.number("strength", 0.8));
      if (strength === 0 && draft.isOn("strength_0_no_init", true)) {
        draft.note("idle", "init_image", "counts for nothing with strength 0 and strength_0_no_init");
        return;
      }
      if (draft.file.field("init_image_box", null).value !== null)
        draft.lost("init_image_box", "is no file; name one with init.image");
      if (carryFile(draft, "init_image", "init.image")) draft.set("init.strength", strength, "strength");
    },
    toDeforum: ({ settings }) => settings.init.image !== null,
  },
  partOf("strength", 0.8, ({ settings: { init } }) => (init.image === null ? undefined : init.strength)),
  partOf("strength_0_no_init", true),
  partOf("init_image", null, startPicture),
  partOf("init_image_box", undefined),
];

/** Deforum has one picture for both: the first frame and what hybrid video mixes in. */
function startPicture(source: ExportSource): string | null {
  const { init, hybrid } = source.settings;
  if (init.image !== null && hybrid.image !== null && hybrid.image !== init.image)
    source.note("hybrid.image", "has no place of its own in Deforum: init.image is mixed in");
  return init.image ?? hybrid.image;
}
const isGuided = (draft: Draft): boolean => draft.isOn("use_looper", false);

const guides = ({ settings }: ExportSource): boolean => settings.guided.images !== null;

/** Counts only with guided images. */
function inGuided(field: Field): Field {
  return onlyWith(field, isGuided, "belongs to guided images, which are off", guides);
}

/** The field's JSON text as a mapping of frames to paths. */
function carryGuides(draft: Draft): void {
  const written = draft.file.field("init_images", "{}").value;
  const images = typeof written === "string" ? readImages(written) : undefined;
  if (images === undefined || Object.keys(images).length === 0) {
    draft.lost("init_images", 'expected a JSON text such as {"0": "start.png"}; no picture leads');
    return;
  }
  if (Object.values(images).some(isUrl)) {
    draft.lost("init_images", "nothing is fetched from the network; save the files and name their paths");
    return;
  }
  draft.set("guided.images", images, "init_images");
  draft.set("init.strength", between(0, 1)(draft.number("strength", 0.8)), "strength");
  draft.set("seed_behavior", "schedule", "use_looper");
  draft.setSchedule("seed_schedule", "seed_schedule", SEED_SCHEDULE);
}

function readImages(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([at, path]) => [
      at.trim(),
      String(path).replaceAll("\\", "/"),
    ]);
    return entries.every(([at, path]) => at !== "" && path !== "") ? Object.fromEntries(entries) : undefined;
  } catch {
    return undefined;
  }
}

const guided: readonly Field[] = [
  {
    name: "use_looper",
    defaultValue: false,
    paths: ["guided.images"],
    carry(draft) {
      if (isGuided(draft)) carryGuides(draft);
    },
    toDeforum: guides,
  },
  partOf(
    "init_images",
    "{}",
    ({
      settings: {
        guided: { images },
      },
      context,
    }) => {
      if (images === null) return "{}";
      const keys = parseTextSchedule(images).resolve(context);
      return JSON.stringify(Object.fromEntries(keys.map(({ frame, text }) => [String(frame), text])));
    },
  ),
  idle("image_strength_schedule", "0:(0.75)", "has no effect in Deforum either"),
  inGuided(schedule("blendFactorMax", "0:(0.35)", "guided.blend_factor_max")),
  inGuided(schedule("blendFactorSlope", "0:(0.25)", "guided.blend_factor_slope")),
  inGuided(schedule("tweening_frames_schedule", "0:(20)", "guided.tweening_frames")),
  inGuided(schedule("color_correction_factor", "0:(0.075)", "guided.color_correction")),
];

/** Fields of pictures from outside, in the order in which they are written. */
export const PICTURE_FIELDS: readonly Field[] = [...start, ...MASK_FIELDS, ...guided];
