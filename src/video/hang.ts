/** A program that stopped without ending. */

import { EncodeError } from "../errors.ts";

/** ffmpeg showed no sign of life and was ended: another try might take as long again. */
export class HangError extends EncodeError {}

/** Whether a {@link HangError} is at the bottom of an error. */
export function isHang(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof HangError) return true;
  }
  return false;
}
