/** Where the frame cache is and how large it may grow, as the environment says. */

import { join, resolve } from "node:path";
import { SettingsError } from "../errors.ts";
import { libraryRoot } from "../models/library-places.ts";
import { readByteCount } from "./byte-count.ts";

export interface CachePlace {
  /** Absolute; it need not exist. */
  readonly folder: string;
  /** What the pictures and entries may take together; 0: there is no cache. */
  readonly limitBytes: number;
}

const DEFAULT_LIMIT_BYTES = 10e9;

/**
 * `ANIMATE_CACHE`, or the folder `cache` of the library; at most `ANIMATE_CACHE_SIZE`, or 10 GB.
 *
 * @throws SettingsError when the size is none
 */
export function cachePlace(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): CachePlace {
  const { ANIMATE_CACHE, ANIMATE_CACHE_SIZE } = environment;
  const folder = ANIMATE_CACHE ? resolve(ANIMATE_CACHE) : join(libraryRoot(environment), "cache");
  const limitBytes = ANIMATE_CACHE_SIZE
    ? requireByteCount("ANIMATE_CACHE_SIZE", ANIMATE_CACHE_SIZE)
    : DEFAULT_LIMIT_BYTES;
  return { folder, limitBytes };
}

/**
 * The bytes that a variable or flag gives.
 *
 * @param location of the text, for the error
 * @throws SettingsError
 */
export function requireByteCount(location: string, text: string): number {
  const bytes = readByteCount(text);
  if (bytes !== undefined) return bytes;
  const message = `expected a size such as 20GB or 500MB, found ${JSON.stringify(text)}`;
  throw new SettingsError([{ location, path: "", message }]);
}
