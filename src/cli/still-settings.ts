/** The settings of stills that belong to no render: those of the schedule's `thumbnails`, from flags. */

import { SettingsError } from "../errors.ts";
import { loadSettings } from "../settings/load.ts";
import { type Override, readSetFlag } from "../settings/overrides.ts";
import type { Settings } from "../settings/schema.ts";
import { override } from "./schedule-options.ts";

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
    ...override("thumbnails.count", "count", count),
    ...override("thumbnails.formats", "size", size),
    ...override("thumbnails.weights", "weights", weights),
    ...override("thumbnails.title.text", "title", title),
    ...override("thumbnails.title.font", "font", font),
    ...override("thumbnails.logo.file", "logo", logo),
    ...override("thumbnails.detector", "detector", detector),
    ...override("thumbnails.aesthetic", "aesthetic", aesthetic),
    ...override("thumbnails.references", "references", references),
    ...override("thumbnails.preview", "preview", preview?.toString()),
    ...set.map(readThumbnailFlag),
  ]).settings.thumbnails;
}

function readThumbnailFlag(flag: string): Override {
  const given = readSetFlag(flag);
  if (given.path.startsWith("thumbnails.")) return given;
  const message = "expected a setting of thumbnails, such as thumbnails.fit=backdrop";
  throw new SettingsError([{ location: given.location, path: "", message }]);
}
