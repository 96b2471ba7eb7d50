/** What a run folder tells about the run that was there before: its manifest, of this or of an older version, and its journal. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writtenModels } from "../schedule/model-plan.ts";
import type { Settings } from "../settings/schema.ts";
import { parseRanges } from "./frame-ranges.ts";
import type { Pins, RecordedPins } from "./pins.ts";
import { type JournalEntry, readJournal } from "./journal-entry.ts";

export interface EarlierRun {
  /** As they were then; a setting of a later version is not there. */
  readonly settings: Partial<Settings>;
  readonly pins: RecordedPins;
  readonly drift: readonly { readonly pins: Pins; readonly frames: readonly number[] }[];
  readonly entries: readonly JournalEntry[];
}

/** More frames than any run has: a manifest that was meddled with takes no memory. */
const MOST_FRAMES = 1_000_000;

const word = z.string().max(1000);

const pinsSchema = z.object({
  animate: word,
  node: word,
  pixels: z.number(),
  onnxruntime: word,
  provider: word,
  optimization: z.enum(["all", "extended"]),
  precision: word,
  processor: z.object({ name: word, platform: word, instructions: z.array(word).nullable() }),
  graphics: word.nullable(),
  ffmpeg: z.object({ version: word, build: word }).nullable(),
  networks: z.record(word, word),
});

const manifestSchema = z.object({
  settings: z.record(z.string(), z.unknown()),
  pins: pinsSchema.partial().optional(),
  drift: z.array(z.object({ pins: pinsSchema, frames: z.string() })).default([]),
  // Versions before there were pins.
  versions: z.object({ onnxruntime: word }).partial().optional(),
  model: z.object({ sha256: word, provider: word }).partial().optional(),
  models: z.array(z.unknown()).optional(),
});

/** Reads only. @returns undefined when there is no run, or its manifest cannot be read */
export async function readEarlierRun(folder: string): Promise<EarlierRun | undefined> {
  const text = await readFile(join(folder, "manifest.json"), "utf8").catch(() => "");
  const manifest = parseManifest(text);
  if (manifest === undefined) return undefined;
  const settings = manifest.settings as Partial<Settings>;
  return {
    settings,
    pins: manifest.pins ? withoutUndefined(manifest.pins) : olderPins(manifest, settings),
    drift: manifest.drift.map(({ pins, frames }) => ({ pins, frames: parseRanges(frames, MOST_FRAMES) })),
    entries: await readJournal(join(folder, "journal.ndjson")),
  };
}

function parseManifest(text: string): z.output<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function withoutUndefined(pins: z.output<typeof manifestSchema>["pins"] & {}): RecordedPins {
  return Object.fromEntries(Object.entries(pins).filter(([, value]) => value !== undefined));
}

/** What manifests told before they had pins. */
function olderPins(
  { versions, model, models }: z.output<typeof manifestSchema>,
  settings: Partial<Settings>,
): RecordedPins {
  return {
    ...(versions?.onnxruntime !== undefined && { onnxruntime: versions.onnxruntime }),
    ...(model?.provider !== undefined && { provider: model.provider }),
    ...(model?.sha256 !== undefined &&
      models === undefined && { networks: nameModel(settings, model.sha256) }),
  };
}

function nameModel({ model }: Partial<Settings>, hash: string): Pins["networks"] {
  if (model === undefined) return {};
  try {
    const [only, ...others] = writtenModels(model);
    return only && others.length === 0 ? { [`model ${only.name}`]: hash } : {};
  } catch {
    // Not a model's name: a manifest that somebody wrote by hand.
    return {};
  }
}
