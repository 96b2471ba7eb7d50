/** A picture of a folder, and what may go wrong with one without stopping the rest. */

import { AnimateError } from "../errors.ts";

export interface FolderPicture {
  /** Path from the folder, parts joined by `/`: what it is called in messages, journal and manifest. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** A picture that could not be made. */
export interface PictureFailure {
  /** See {@link FolderPicture.name}. */
  readonly picture: string;
  readonly message: string;
  readonly hint?: string;
}

/** Why a picture failed; an error that no user can act on is a defect and thrown on. */
export function toFailure({ name, path }: FolderPicture, error: unknown): PictureFailure {
  if (!(error instanceof AnimateError)) throw error;
  const { where, message, hint } = error;
  const text = where === undefined || where === path ? message : `${where}: ${message}`;
  return { picture: name, message: text, ...(hint !== undefined && { hint }) };
}
