/** From a picture to an animation: settings whose frame 0 is that picture, and a schedule file that goes on from it. */

import { stringify } from "yaml";
import { printable } from "../printable.ts";
import { loraName } from "../settings/lora-schema.ts";
import { type Settings, settingsSchema } from "../settings/schema.ts";
import { PICTURE_SETTINGS } from "./picture-settings.ts";
import type { ReadyCell } from "./work.ts";

/** Always written, because the pictures depend on them and creators change them first. */
const ALWAYS = new Set<string>(["model", "size", "seed", "sampler", "steps", "guidance_scale"]);

/** Of what becomes of pictures; a schedule has its own. */
const STILLS = new Set<string>(["video", "thumbnails"]);

/**
 * What a schedule has to say for its frame 0 to be the picture; settings at their defaults are left out. Files are named by absolute paths
 * where the channel named them by a path.
 */
export function scheduleOf({
  settings,
  prompt,
  names,
  addons,
}: ReadyCell): Readonly<Record<string, unknown>> {
  const defaults = settingsSchema.parse({ prompts: "" }) as Settings;
  const differing = PICTURE_SETTINGS.flatMap((key): [string, unknown][] => {
    const value = ALWAYS.has(key) ? settings[key] : difference(settings[key], defaults[key]);
    return STILLS.has(key) || value === undefined ? [] : [[key, value]];
  });
  const { width, height } = settings.size;
  const model = names.models[0]!;
  const files = new Map(addons.loras.map(({ name, file }) => [name, file]));
  const words = new Map(addons.embeddings.map(({ name, file }) => [name, file]));
  return {
    ...Object.fromEntries(differing),
    model: byPath(model.name, model.file),
    size: `${width}x${height}`,
    ...(settings.loras.length > 0 && {
      loras: settings.loras.map(({ name, weight }) => ({
        name: byPath(name, files.get(loraName(name)) ?? name),
        weight,
      })),
    }),
    ...(settings.embeddings.length > 0 && {
      embeddings: settings.embeddings.map(({ name, word }) => ({
        name: byPath(name, words.get(word || loraName(name)) ?? name),
        word,
      })),
    }),
    ...(names.vae !== undefined && { vae: names.vae }),
    ...(settings.init.image !== null && {
      init: { image: settings.init.image, strength: settings.init.strength },
    }),
    prompts: { "0": prompt },
  };
}

/** What of a setting, or of a group of them, is not as by default; undefined when nothing is. */
function difference(value: unknown, usual: unknown): unknown {
  if (JSON.stringify(value) === JSON.stringify(usual)) return undefined;
  if (!isGroup(value) || !isGroup(usual)) return value;
  const parts = Object.entries(value).map(([key, part]) => [key, difference(part, usual[key])] as const);
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The name as it is, or the file that a path stands for. */
function byPath(name: string, file: string): string {
  return /[\\/]/.test(name) ? file : name;
}

/** What a starter adds: a few seconds of a calm flight into the picture. */
const FLIGHT = { fps: 15, frames: 75, strength: 0.5, camera: "push-in" } as const;

/** A schedule file, to be changed by its author. */
export function starterSchedule(
  { title, schedule }: { readonly title: string; readonly schedule: Readonly<Record<string, unknown>> },
  picture: number,
  name: string,
): string {
  const settings = { name, ...schedule, ...FLIGHT };
  return [
    `# Goes on from picture ${picture} of "${printable(title)}": frame 0 is that picture.`,
    "# The camera, strength and frames below are a beginning; docs/guides/camera.md shows other moves.",
    stringify(settings, { lineWidth: 0, version: "1.2", schema: "core" }),
  ].join("\n");
}
