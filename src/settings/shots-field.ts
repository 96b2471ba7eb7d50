/** The setting of shots: the frames at which one begins, or a word. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { record } from "./fields.ts";

/** A list of frames, or `cuts`; null for "none". */
export function shots({ description }: { description: string }) {
  const frame = z.number().int().min(0).max(LIMITS.settings.frames);
  const value = z.union([z.literal("cuts"), z.array(frame).max(LIMITS.settings.frames)]);
  return record(value.nullable().default(null), {
    kind: "shots",
    expects: "a list of frames such as [0, 120, 240], or cuts",
    unit: "frames",
    defaultValue: null,
    description,
  });
}
