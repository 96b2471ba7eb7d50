/** Model files that are damaged, hostile or something else: how each is made, and what opening it must say. */

import { HOSTILE_CHECKPOINTS } from "./hostile-checkpoints.ts";
import { HOSTILE_FOLDERS } from "./hostile-folders.ts";

export interface HostileModel {
  /** Ends the sentence "… is refused". */
  readonly title: string;
  /** Writes it into an empty folder; resolves to the path to open. */
  readonly write: (folder: string) => Promise<string>;
  /** Part of the error's message. */
  readonly message: string;
  /** End of the path that the error names. */
  readonly where: string;
  /** Part of its advice. */
  readonly hint: string;
}

export const HOSTILE_MODELS: readonly HostileModel[] = [...HOSTILE_CHECKPOINTS, ...HOSTILE_FOLDERS];
