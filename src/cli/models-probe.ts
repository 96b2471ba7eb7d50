/** `animate models probe`: runs the parts of a model on tensors from a file. */

import { resolve } from "node:path";
import type { CommandModule } from "yargs";
import { findModel } from "../models/find-model.ts";
import { readSafetensors } from "../models/safetensors.ts";
import { writeSafetensors } from "../models/safetensors-writer.ts";
import { printable } from "../printable.ts";
import { type ModelFlags, modelOptions } from "./model-options.ts";

interface ProbeFlags extends ModelFlags {
  readonly inputs: string;
  readonly out: string;
}

export const modelsProbeCommand: CommandModule<object, ProbeFlags> = {
  command: "probe <model>",
  describe: "Run the parts of a model on given tensors, to compare them with another implementation",
  builder: (argv) =>
    modelOptions(argv)
      .option("inputs", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe:
          "A .safetensors file with some of text.input_ids; unet.sample, unet.timestep and unet.encoder_hidden_states; vae.image; vae.latents",
      })
      .option("out", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe:
          "Where to write text.last_hidden_state, unet.out, vae.mean and vae.decode, whichever were computed",
      }),
  async handler({ model: nameOrPath, inputs, out, device }) {
    const path = await findModel(nameOrPath, process.cwd());
    const given = await readSafetensors(resolve(inputs));
    // Loads ONNX Runtime, which listing models does not need.
    const { openModel } = await import("../models/open-model.ts");
    const { probeModel } = await import("../models/probe-model.ts");
    const model = await openModel(path, { device });
    try {
      const { outputs, unused } = await probeModel(model, given);
      await writeSafetensors(resolve(out), outputs);
      for (const [name, { dims }] of outputs) console.log(printable(`${name} [${dims.join(", ")}]`));
      if (unused.length > 0) console.log(printable(`not used: ${unused.join(", ")}`));
    } finally {
      await model.release();
    }
  },
};
