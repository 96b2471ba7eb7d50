/** Arguments that the commands of the library share. */

import type { Argv } from "yargs";
import { LIBRARY_KINDS, type LibraryKind } from "../models/library-places.ts";

export function kindOption<Flags>(
  argv: Argv<Flags>,
  describe: string,
): Argv<Flags & { readonly kind: LibraryKind | undefined }> {
  return argv.option("kind", { choices: LIBRARY_KINDS, describe, requiresArg: true });
}
