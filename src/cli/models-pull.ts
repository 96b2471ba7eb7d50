/** `animate models pull`: downloads a model into the library, once its license has been accepted. */

import type { Argv, CommandModule } from "yargs";
import type { LibraryKind } from "../models/library-places.ts";
import { kindOption } from "./library-options.ts";
import { runPull } from "./run-pull.ts";

interface PullFlags {
  readonly source: string;
  readonly kind: LibraryKind | undefined;
  readonly as: string | undefined;
  readonly revision: string | undefined;
  readonly mirror: string | undefined;
  readonly acceptLicense: boolean;
}

export const modelsPullCommand: CommandModule<object, PullFlags> = {
  command: "pull <source>",
  describe: "Download a model, LoRA, ControlNet, VAE or network into the library",
  builder: (argv) =>
    kindOption(
      argv
        .positional("source", {
          type: "string",
          demandOption: true,
          describe:
            "A name of the catalogue (`models list --catalogue`), owner/repository of huggingface.co, or owner/repository/file.safetensors",
        })
        .option("accept-license", {
          type: "boolean",
          default: false,
          describe: "Agree to the model's license beforehand, for scripts",
        })
        .option("as", { type: "string", requiresArg: true, describe: "Name in the library" })
        .option("revision", { type: "string", requiresArg: true, describe: "Branch, tag or commit" })
        .option("mirror", {
          type: "string",
          requiresArg: true,
          describe: "Address of a mirror of huggingface.co (default: HF_ENDPOINT)",
        })
        .epilogue("HF_TOKEN holds the token for models whose owner wants you to log in and accept terms.")
        .example("$0 models pull sd15", "Stable Diffusion 1.5, then `model: sd15` in a schedule"),
      "What it is (default: told by the content)",
    ) as unknown as Argv<PullFlags>,
  handler: pullModel,
};

async function pullModel({ source, kind, as, revision, mirror, acceptLicense }: PullFlags): Promise<void> {
  // Loads the hub's client, which no other command needs.
  const { connectHub } = await import("../library/hub.ts");
  const { prepareOffer } = await import("../library/offer.ts");
  const { parsePullTarget } = await import("../library/pull-target.ts");
  const { readCatalogue } = await import("../library/catalogue.ts");
  const target = parsePullTarget(source, await readCatalogue(), { kind, as, revision });
  await runPull({
    connect: (signal) => connectHub({ mirror, signal }),
    prepare: (hub) => prepareOffer(hub, target),
    acceptLicense,
  });
}
