/** The settings of stills that belong to no render: those of the schedule's `thumbnails`, from flags. */

import { SettingsError } from "../errors.ts";
import { loadSettings } from "../settings/load.ts";
import { type Override, readSetFlag } from "../settings/overrides.ts";
import type { Settings } from "../settings/schema.ts";

export interface StillFlags {
  readonly count: string | undefined;
  readonly size: string | undefined;
  readonly weights: string | undefined;
  readonly title: string | undefined;
  readonly font: string | undefined;
  readonly logo: string | undefined;
  readonly detector: string | undefined;
  readonly aesthetic: string | undefined;
  readonly references: string | undefined;
  readonly preview: boolean | undefined;
  readonly set: readonly string[] | undefined;
}

/**
 * Checks them as a schedule's are.
 *
 * @param file what errors call the place of `given`
 * @param given settings below the flags, such as those of the run that the stills are taken from
 * @throws SettingsError with every mistake, by its flag
 */
export function readStillSettings(
  { count, size, weights, title, font, logo, detector, aesthetic, references, preview, set = [] }: StillFlags,
  file = "thumbnails",
  given: object = {},
): Settings["thumbnails"] {
  const text = JSON.stringify({ prompts: "-", thumbnails: given });
  return loadSettings({ file, text }, [
    ...named("--count", "thumbnails.count", count),
    ...named("--size", "thumbnails.formats", size),
    ...named("--weights", "thumbnails.weights", weights),
    ...named("--title", "thumbnails.title.text", title),
    ...named("--font", "thumbnails.title.font", font),
    ...named("--logo", "thumbnails.logo.file", logo),
    ...named("--detector", "thumbnails.detector", detector),
    ...named("--aesthetic", "thumbnails.aesthetic", aesthetic),
    ...named("--references", "thumbnails.references", references),
    ...named("--preview", "thumbnails.preview", preview === undefined ? undefined : String(preview)),
    ...set.map(readThumbnailFlag),
  ]).settings.thumbnails;
}

function named(location: string, path: string, value: string | undefined): Override[] {
  return value === undefined ? [] : [{ ...readSetFlag(`${path}=${value}`), location }];
}

function readThumbnailFlag(flag: string): Override {
  const override = readSetFlag(flag);
  if (override.path.startsWith("thumbnails.")) return override;
  const message = "expected a setting of thumbnails, such as thumbnails.fit=backdrop";
  throw new SettingsError([{ location: override.location, path: "", message }]);
}
