/** `animate models add`: puts a model that is on this machine into the library. */

import { basename } from "node:path";
import type { CommandModule } from "yargs";
import { addModel } from "../library/add-model.ts";
import { checkName } from "../library/pull-target.ts";
import { type LibraryKind, libraryRoot } from "../models/library-places.ts";
import { printable } from "../printable.ts";
import { kindOption } from "./library-options.ts";

interface AddFlags {
  readonly path: string;
  readonly kind: LibraryKind | undefined;
  readonly as: string | undefined;
  readonly copy: boolean;
}

export const modelsAddCommand: CommandModule<object, AddFlags> = {
  command: "add <path>",
  describe: "Put a file or folder on this machine into the library, as a link or a copy",
  builder: (argv) =>
    kindOption(
      argv
        .positional("path", {
          type: "string",
          demandOption: true,
          describe: "A .safetensors file, or a folder in the diffusers layout",
        })
        .option("as", { type: "string", requiresArg: true, describe: "Name in the library" })
        .option("copy", {
          type: "boolean",
          default: false,
          describe: "Copy it instead of linking to it",
        })
        .example("$0 models add ~/Downloads/realisticVision.safetensors", "then `model: realisticVision`"),
      "What it is (default: told by the content)",
    ),
  async handler({ path, kind, as, copy }) {
    const name = checkName(as ?? basename(path).replace(/\.safetensors$/i, ""));
    const added = await addModel(path, { root: libraryRoot(), name, kind, copy });
    console.log(printable(`${added.kind} ${name}: ${added.path}`));
  },
};
