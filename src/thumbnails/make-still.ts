/** A frame as a thumbnail for one place: fitted, dressed, and encoded into the bytes that the place takes. */

import type { FoundBox } from "../models/detector-forms.ts";
import type { Area } from "../scoring/luma.ts";
import type { StillFormat } from "../settings/still-format.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type Dress, type DressedStill, dressStill } from "./dress-still.ts";
import { encodeWithin, type EncodedStill, type StillEncoding } from "./encode-within.ts";
import { type Enlarge, fitFrame } from "./fit-frame.ts";
import { keptAreas } from "./kept-areas.ts";

export interface StillLook {
  readonly fit: "crop" | "backdrop";
  readonly encoding: StillEncoding;
  /** Null: Lanczos 3 alone enlarges. */
  readonly enlarge: Enlarge | null;
  readonly dress: Dress;
  /** What a detector found in the frame: no crop cuts it and no title hides it where that can be. */
  readonly boxes: readonly FoundBox[];
}

export interface Still extends EncodedStill {
  readonly format: StillFormat;
  /** The part of the frame that is shown, in its pixels. */
  readonly crop: Area;
  /** How often the network enlarged it. */
  readonly enlargements: number;
  /** With title and logo, before it was encoded. */
  readonly dressed: DressedStill;
}

/**
 * The still of a frame, see {@link fitFrame}, {@link dressStill} and {@link encodeWithin}.
 *
 * @throws EncodeError when it does not fit into the format's bytes
 */
export async function makeStill(frame: ByteImage, format: StillFormat, look: StillLook): Promise<Still> {
  const { fit, encoding, enlarge, boxes } = look;
  const { width, height, maxBytes } = format;
  const keep = keptAreas(boxes, frame);
  const { image, crop, kept, enlargements } = await fitFrame(frame, { width, height, fit, enlarge, keep });
  const dressed = await dressStill(image, look.dress, kept);
  return { ...(await encodeWithin(dressed.image, encoding, maxBytes)), format, crop, enlargements, dressed };
}
