/** Videos made by ffmpeg for one test. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { locateVideoTools } from "../../src/video/locate.ts";

const run = promisify(execFile);

/** Runs ffmpeg in `folder` and fails with its words. */
export async function makeVideo(folder: string, args: readonly string[]): Promise<void> {
  const { ffmpeg } = await locateVideoTools();
  await run(ffmpeg.path, ["-v", "error", "-nostdin", "-y", ...args], { cwd: folder });
}
