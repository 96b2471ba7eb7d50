/** `animate models list`: the embedded models, and how to use another. */

import type { CommandModule } from "yargs";
import { listEmbeddedModels } from "../models/find-model.ts";

export const modelsListCommand: CommandModule = {
  command: ["list", "$0"],
  describe: "List the models that come with animate, and how to use another",
  async handler() {
    for (const name of await listEmbeddedModels()) console.log(`${name}  (embedded)`);
    console.log(
      "\nAny Stable Diffusion 1.x model works: a .safetensors checkpoint, or a folder in the diffusers layout.",
    );
    console.log(
      "  model: ./models/my-model.safetensors      in the schedule, or --model ./models/my-model.safetensors",
    );
    console.log("  animate models check ./models/my-model.safetensors      tells whether it can be used");
  },
};
