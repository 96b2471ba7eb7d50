/** `animate models`: which models there are. */

import type { CommandModule } from "yargs";
import { listEmbeddedModels } from "../models/find-model.ts";

export const modelsCommand: CommandModule = {
  command: "models",
  describe: "List the models that come with animate, and how to use another",
  async handler() {
    for (const name of await listEmbeddedModels()) console.log(`${name}  (embedded)`);
    console.log("\nAny Stable Diffusion 1.x model in the diffusers layout works: give its folder,");
    console.log("  model: ./models/my-model      in the schedule, or --model ./models/my-model");
  },
};
