/** `animate models add`: puts a model that is on this machine, or at an address, into the library. */

import { basename } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { addModel } from "../library/add-model.ts";
import { checkName } from "../library/pull-target.ts";
import { connectSite, isUrl, prepareUrlOffer } from "../library/url-offer.ts";
import { type LibraryKind, libraryRoot } from "../models/library-places.ts";
import { printable } from "../printable.ts";
import { kindOption } from "./library-options.ts";
import { runPull } from "./run-pull.ts";

interface AddFlags {
  readonly path: string;
  readonly kind: LibraryKind | undefined;
  readonly as: string | undefined;
  readonly copy: boolean;
  readonly sha256: string | undefined;
  readonly acceptLicense: boolean;
}

export const modelsAddCommand: CommandModule<object, AddFlags> = {
  command: "add <path>",
  describe:
    "Put a file or folder on this machine into the library, as a link or a copy; or download a file from an address",
  builder: (argv) =>
    kindOption(
      argv
        .positional("path", {
          type: "string",
          demandOption: true,
          describe:
            "A .safetensors or .onnx file, a folder in the diffusers layout, or an address (https://…)",
        })
        .option("as", { type: "string", requiresArg: true, describe: "Name in the library" })
        .option("copy", {
          type: "boolean",
          default: false,
          describe: "Copy it instead of linking to it",
        })
        .option("sha256", {
          type: "string",
          requiresArg: true,
          describe: "With an address: the file's hash as its page states it; no other file is accepted",
        })
        .option("accept-license", {
          type: "boolean",
          default: false,
          describe: "With an address: agree to the model's license beforehand, for scripts",
        })
        .example("$0 models add ~/Downloads/realisticVision.safetensors", "then `model: realisticVision`"),
      "What it is (default: told by the content)",
    ) as unknown as Argv<AddFlags>,
  async handler(flags) {
    const { path, kind, as, copy } = flags;
    if (isUrl(path)) {
      await addFromUrl(path, flags);
      return;
    }
    const name = checkName(as ?? basename(path).replace(/\.(safetensors|onnx)$/i, ""));
    const added = await addModel(path, { root: libraryRoot(), name, kind, copy });
    console.log(printable(`${added.kind} ${name}: ${added.path}`));
  },
};

async function addFromUrl(url: string, { kind, as, sha256, acceptLicense }: AddFlags): Promise<void> {
  const pulled = await runPull({
    connect: (signal) => connectSite(url, { signal }),
    prepare: (site) => prepareUrlOffer(site, url, { kind, as, sha256 }),
    acceptLicense,
  });
  const hash = pulled?.files[0]?.hash;
  if (hash === undefined) return;
  console.log(
    sha256 === undefined ? `sha256 ${hash}: compare it with the one on the model's page` : `sha256 ${hash}`,
  );
}
