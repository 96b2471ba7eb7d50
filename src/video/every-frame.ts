/** The option by which ffmpeg hands on frames as they lie in the file, none dropped and none doubled. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const known = new Map<string, Promise<readonly string[]>>();

/** It was renamed in ffmpeg 5.1; asked once per program. */
export function everyFrameOption(ffmpegPath: string): Promise<readonly string[]> {
  let option = known.get(ffmpegPath);
  if (!option) {
    option = run(ffmpegPath, ["-hide_banner", "-h", "long"]).then(({ stdout }) =>
      stdout.includes("-fps_mode") ? ["-fps_mode", "passthrough"] : ["-vsync", "0"],
    );
    known.set(ffmpegPath, option);
  }
  return option;
}
