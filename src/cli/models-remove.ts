/** `animate models remove`: takes a model out of the library. */

import type { CommandModule } from "yargs";
import { findRemoval, removeModel } from "../library/remove-model.ts";
import { type LibraryKind, libraryRoot } from "../models/library-places.ts";
import { printable } from "../printable.ts";
import { confirm } from "./confirm.ts";
import { kindOption } from "./library-options.ts";

interface RemoveFlags {
  readonly name: string;
  readonly kind: LibraryKind | undefined;
  readonly yes: boolean;
}

export const modelsRemoveCommand: CommandModule<object, RemoveFlags> = {
  command: "remove <name>",
  describe: "Take a model out of the library; what a link points to stays",
  builder: (argv) =>
    kindOption(
      argv
        .positional("name", { type: "string", demandOption: true, describe: "As in `models list`" })
        .option("yes", { type: "boolean", default: false, describe: "Do not ask" }),
      "What it is, when several things have the name",
    ),
  async handler({ name, kind, yes }) {
    const root = libraryRoot();
    const removal = await findRemoval(root, name, kind);
    const what =
      removal.linkedTo === undefined
        ? `Delete ${removal.path}?`
        : `Remove the link ${removal.path}? ${removal.linkedTo} stays.`;
    if (!yes && !(await confirm(printable(what), "--yes"))) {
      process.stderr.write("Nothing was removed.\n");
      process.exitCode = 1;
      return;
    }
    await removeModel(root, removal);
    console.log(printable(`${removal.kind} ${removal.name} removed`));
  },
};
