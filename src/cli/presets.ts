/** `animate presets`: the camera moves that a schedule can call by name. */

import type { CommandModule } from "yargs";
import { CAMERA_PRESETS, describeCameraPreset } from "../settings/camera-presets.ts";

export const presetsCommand: CommandModule = {
  command: "presets",
  describe: "List the camera moves for camera: in a schedule",
  handler() {
    const width = Math.max(...CAMERA_PRESETS.map((name) => name.length));
    for (const name of CAMERA_PRESETS) console.log(`${name.padEnd(width)}  ${describeCameraPreset(name)}`);
    console.log("\nAs in camera: orbit, with camera_amount: 0.5 for half of it. Look at one first:");
    console.log("  animate preview schedules/superman-sd15.yaml --set camera=orbit");
  },
};
