/** `animate models pull`: downloads a model into the library, once its license has been accepted. */

import type { Argv, CommandModule } from "yargs";
import type { Offer } from "../library/offer.ts";
import { type LibraryKind, libraryRoot } from "../models/library-places.ts";
import { printable } from "../printable.ts";
import { inUnits } from "./byte-units.ts";
import { confirm } from "./confirm.ts";
import { kindOption } from "./library-options.ts";
import { createPullProgress } from "./pull-progress.ts";

interface PullFlags {
  readonly source: string;
  readonly kind: LibraryKind | undefined;
  readonly as: string | undefined;
  readonly revision: string | undefined;
  readonly mirror: string | undefined;
  readonly acceptLicense: boolean;
}

/** Exit code of a command that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;

export const modelsPullCommand: CommandModule<object, PullFlags> = {
  command: "pull <source>",
  describe: "Download a model, LoRA, ControlNet or VAE into the library",
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
  const { pull } = await import("../library/pull.ts");

  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const root = libraryRoot();
  const target = parsePullTarget(source, await readCatalogue(), { kind, as, revision });
  const hub = connectHub({ mirror, signal: stop.signal });
  try {
    const offer = await prepareOffer(hub, target);
    printOffer(offer);
    if (!acceptLicense && !(await confirm("Do you accept the license?", "--accept-license"))) {
      process.stderr.write("Nothing was downloaded.\n");
      process.exitCode = 1;
      return;
    }
    const progress = createPullProgress(target.name, offer.bytes);
    const pulled = await pull(hub, offer, { root, onBytes: progress.onBytes }).finally(() =>
      progress.clear(),
    );
    console.log(printable(`${pulled.kind} ${target.name}: ${pulled.path}`));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("stopped; what has arrived is kept, continue with the same command\n");
    process.exitCode = INTERRUPTED;
  }
}

function printOffer({ target, repository, choice, bytes, license }: Offer): void {
  const count = choice.files.length === 1 ? "1 file" : `${choice.files.length} files`;
  const lines = [
    `${target.name}: ${count}, ${inUnits(bytes)}, from ${repository.repo} at ${repository.commit.slice(0, 10)}`,
    `license: ${license.name}, ${license.url}`,
  ];
  for (const line of lines) process.stderr.write(`${printable(line)}\n`);
}
