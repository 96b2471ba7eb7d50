/** From a picture to an animation: settings whose frame 0 is that picture, and a schedule file that goes on from it. */

import { stringify } from "yaml";
import { printable } from "../printable.ts";
import { type Settings, settingsSchema } from "../settings/schema.ts";
import { PICTURE_SETTINGS } from "./picture-settings.ts";
import type { ReadyCell } from "./work.ts";

/** Always written, because the pictures depend on them and creators change them first. */
const ALWAYS = new Set<string>(["model", "size", "seed", "sampler", "steps", "guidance_scale"]);

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
    const value: unknown = settings[key];
    const differs = JSON.stringify(value) !== JSON.stringify(defaults[key]);
    return key !== "video" && (ALWAYS.has(key) || differs) ? [[key, value]] : [];
  });
  const { width, height } = settings.size;
  const model = names.models[0]!;
  const files = new Map(addons.loras.map(({ name, file }) => [name, file]));
  return {
    ...Object.fromEntries(differing),
    model: byPath(model.name, model.file),
    size: `${width}x${height}`,
    ...(settings.loras.length > 0 && {
      loras: settings.loras.map(({ name, weight }) => ({
        name: byPath(name, files.get(plainName(name)) ?? name),
        weight,
      })),
    }),
    ...(names.vae !== undefined && { vae: names.vae }),
    ...(settings.init.image !== null && {
      init: { image: settings.init.image, strength: settings.init.strength },
    }),
    prompts: { "0": prompt },
  };
}

/** The name as it is, or the file that a path stands for. */
function byPath(name: string, file: string): string {
  return /[\\/]/.test(name) ? file : name;
}

function plainName(name: string): string {
  return name.replace(/^.*[/\\](?=[^/\\])/, "").replace(/\.safetensors$/i, "");
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
