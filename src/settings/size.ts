/** The picture size: `WxH` or a width and a height, whole multiples of 8. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { record } from "./fields.ts";

/** Pixels per latent cell: a size that is no multiple has no latent. */
const STEP = 8;
const SMALLEST = 64;

const SIZE_FACT = {
  kind: "size",
  unit: "pixels",
  range: [SMALLEST, LIMITS.settings.pictureSide],
  whole: true,
  expects: "a size such as 512x512",
} as const;

const sizeValue = z
  .union([z.string(), z.strictObject({ width: z.number(), height: z.number() })])
  .transform((value, context) => {
    const read = typeof value === "string" ? readSize(value) : value;
    if (read !== undefined && isValidSide(read.width) && isValidSide(read.height)) return read;
    context.addIssue({ code: "custom", params: read === undefined ? undefined : describeBadSize(read) });
    return z.NEVER;
  });

/** A size setting; the issue of a bad size carries its own sentence and hint in `params`. */
export function size(options: { defaultValue: string; description: string }) {
  return record(sizeValue.prefault(options.defaultValue), { ...options, ...SIZE_FACT });
}

/** A size, or null for "not given". */
export function optionalSize({ description }: { description: string }) {
  return record(z.union([z.null(), sizeValue]).default(null), {
    ...SIZE_FACT,
    defaultValue: null,
    description,
  });
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

function readSize(value: string): Size | undefined {
  const match = /^\s*(\d{1,6})\s*[x×]\s*(\d{1,6})\s*$/i.exec(value);
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

function isValidSide(side: number): boolean {
  return side >= SMALLEST && side <= LIMITS.settings.pictureSide && side % STEP === 0;
}

function describeBadSize({ width, height }: Size): { message: string; hint: string } {
  const smaller = `${validSide(width, Math.floor)}x${validSide(height, Math.floor)}`;
  const larger = `${validSide(width, Math.ceil)}x${validSide(height, Math.ceil)}`;
  return {
    message: `expected a width and height that are multiples of ${STEP} from ${SMALLEST} to ${LIMITS.settings.pictureSide}, found ${width}x${height}`,
    hint:
      smaller === larger
        ? `the nearest valid size is ${smaller}`
        : `the nearest valid sizes are ${smaller} and ${larger}`,
  };
}

function validSide(side: number, round: (value: number) => number): number {
  return Math.min(LIMITS.settings.pictureSide, Math.max(SMALLEST, round(side / STEP) * STEP));
}
