/** The sizes of stills: those that YouTube asks for by name, and any other as `WxH`. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { describeValue } from "./describe-value.ts";
import { record } from "./fields.ts";

export interface StillFormat {
  /** As in the settings and in file names: `youtube`, `800x450`. */
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Largest file, in bytes, where the settings do not say. */
  readonly maxBytes: number;
}

/** YouTube takes 2 MB from phones and in its older interface, 50 MB elsewhere. */
const USUAL_BYTES = 2_000_000;

const NAMED: readonly StillFormat[] = [
  { name: "youtube", width: 1280, height: 720, maxBytes: USUAL_BYTES },
  { name: "youtube-4k", width: 3840, height: 2160, maxBytes: 50_000_000 },
  { name: "shorts", width: 1080, height: 1920, maxBytes: USUAL_BYTES },
  { name: "square", width: 1080, height: 1080, maxBytes: USUAL_BYTES },
];

/** Pixels of a side of a still. */
export const STILL_SIDES = [16, LIMITS.settings.stillSide] as const;

const EXPECTS = `${NAMED.map(({ name }) => name).join(", ")}, a size such as 800x450, or a list of up to ${LIMITS.settings.stillFormats} of them`;

/** The format of a name or a size; undefined when it is neither. */
export function readStillFormat(text: string): StillFormat | undefined {
  const name = text.trim().toLowerCase();
  const named = NAMED.find((format) => format.name === name);
  if (named) return named;
  const match = /^(\d{1,5})\s*[x×]\s*(\d{1,5})$/.exec(name);
  if (!match) return undefined;
  const [width, height] = [Number(match[1]), Number(match[2])];
  return isSide(width) && isSide(height) ? sizeFormat(width, height) : undefined;
}

function isSide(side: number): boolean {
  return side >= STILL_SIDES[0] && side <= STILL_SIDES[1];
}

/** The format of a size that has no name. */
export function sizeFormat(width: number, height: number): StillFormat {
  return { name: `${width}x${height}`, width, height, maxBytes: USUAL_BYTES };
}

/** A list of formats by name or size, each once; a text may hold several with commas between. The value is their names. */
export function stillFormats({ description }: { description: string }) {
  const value = z.union([z.string(), z.array(z.unknown())]).transform((given, context): readonly string[] => {
    const texts: readonly unknown[] = typeof given === "string" ? given.split(",") : given;
    const formats = texts.map((text) => (typeof text === "string" ? readStillFormat(text) : undefined));
    const wrong = formats.indexOf(undefined);
    if (wrong < 0 && formats.length <= LIMITS.settings.stillFormats) {
      return [...new Set(formats.flatMap((format) => format?.name ?? []))];
    }
    const found = wrong < 0 ? `${formats.length} of them` : describeValue(texts[wrong]);
    const hint = `sides are ${STILL_SIDES[0]} to ${STILL_SIDES[1]} pixels`;
    context.addIssue({ code: "custom", params: { message: `expected ${EXPECTS}, found ${found}`, hint } });
    return z.NEVER;
  });
  return record(value.prefault([]), { kind: "words", defaultValue: [], expects: EXPECTS, description });
}

/** The formats of the settings, at least one: those that are named, else the one of `width` and `height`, with their budgets. */
export function formatsOf(thumbnails: {
  readonly formats: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly max_bytes: number | null;
}): StillFormat[] {
  const named = thumbnails.formats.flatMap((name) => readStillFormat(name) ?? []);
  const formats = named.length > 0 ? named : [sizeFormat(thumbnails.width, thumbnails.height)];
  const budget = thumbnails.max_bytes;
  return formats.map((format) => (budget === null ? format : { ...format, maxBytes: budget }));
}
