/** A frame as a thumbnail for one place: fitted, dressed, and encoded into the bytes that the place takes. */

import type { StillFormat } from "../settings/still-format.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { Crop } from "./choose-crop.ts";
import { type Dress, type DressedStill, dressStill } from "./dress-still.ts";
import { encodeWithin, type EncodedStill, type StillEncoding } from "./encode-within.ts";
import { type Enlarge, fitFrame } from "./fit-frame.ts";

export interface StillLook {
  readonly fit: "crop" | "backdrop";
  readonly encoding: StillEncoding;
  /** Null: Lanczos 3 alone enlarges. */
  readonly enlarge: Enlarge | null;
  readonly dress: Dress;
}

export interface Still extends EncodedStill {
  readonly format: StillFormat;
  /** The part of the frame that is shown, in its pixels. */
  readonly crop: Crop;
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
  const { fit, encoding, enlarge } = look;
  const { width, height, maxBytes } = format;
  const { image, crop, enlargements } = await fitFrame(frame, { width, height, fit, enlarge });
  const dressed = await dressStill(image, look.dress);
  return { ...(await encodeWithin(dressed.image, encoding, maxBytes)), format, crop, enlargements, dressed };
}
