/** `animate presets`: the camera moves that a schedule can call by name, and the channels of brainstorms. */

import type { CommandModule } from "yargs";
import { describeChannel, listChannels } from "../brainstorm/channel.ts";
import { CAMERA_PRESETS, describeCameraPreset } from "../settings/camera-presets.ts";

export const presetsCommand: CommandModule = {
  command: "presets",
  describe: "List the camera moves for camera: in a schedule, and the channels of brainstorms",
  async handler() {
    const width = Math.max(...CAMERA_PRESETS.map((name) => name.length));
    for (const name of CAMERA_PRESETS) console.log(`${name.padEnd(width)}  ${describeCameraPreset(name)}`);
    console.log("\nAs in camera: orbit, with camera_amount: 0.5 for half of it. Look at one first:");
    console.log("  animate preview schedules/superman-sd15.yaml --set camera=orbit");
    const channels = await listChannels();
    const longest = Math.max(...channels.map((name) => name.length));
    console.log("\nChannels for animate brainstorm --channel:");
    for (const name of channels) console.log(`${name.padEnd(longest)}  ${await describeChannel(name)}`);
  },
};
