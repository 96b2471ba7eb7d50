/** The arguments of commands that run a model outside a render. */

import type { Argv } from "yargs";
import { DEVICES, type Device } from "../models/device.ts";

export interface ModelFlags {
  /** As the user calls it. */
  readonly model: string;
  readonly device: Device;
}

export function modelOptions<Flags>(argv: Argv<Flags>): Argv<Flags & ModelFlags> {
  return argv
    .positional("model", {
      type: "string",
      demandOption: true,
      describe:
        "Name of an embedded model, a .safetensors checkpoint, a folder in the diffusers layout, or an .onnx depth network or upscaler",
    })
    .option("device", {
      choices: DEVICES,
      default: "auto" as const,
      describe: "Where the model runs; auto takes CUDA when it can be used",
    });
}
