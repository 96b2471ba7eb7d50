/** An ffmpeg that tells its process ids, for tests that kill it. */

import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { locateVideoTools, type VideoTools } from "../../src/video/locate.ts";

export interface WrappedFfmpeg {
  /** For the environment of a render: `FFMPEG_PATH` and `FFPROBE_PATH`. */
  readonly env: { readonly FFMPEG_PATH: string; readonly FFPROBE_PATH: string };
  /** For a render in this process. */
  readonly tools: VideoTools;
  /** Of every ffmpeg that was started to work (not to tell its version), the latest last; most have ended. */
  pids(): Promise<number[]>;
}

/**
 * A script in `folder` that notes its process id in `folder/pids` and becomes the real ffmpeg.
 *
 * @param shell lines that run before that: `$n` is the number of the process, from 1, and `$REAL` the real program
 */
export async function wrapFfmpeg(folder: string, shell = ""): Promise<WrappedFfmpeg> {
  await mkdir(folder, { recursive: true });
  const real = await locateVideoTools();
  const script = join(folder, "ffmpeg");
  const list = join(folder, "pids");
  const lines = [
    "#!/bin/sh",
    `REAL='${real.ffmpeg.path}'`,
    `if [ $# -gt 2 ]; then echo $$ >> '${list}'; n=0; while read -r _; do n=$((n + 1)); done < '${list}'`,
    shell,
    "fi",
    'exec "$REAL" "$@"',
  ];
  await writeFile(script, `${lines.join("\n")}\n`);
  await chmod(script, 0o755);
  const env = { FFMPEG_PATH: script, FFPROBE_PATH: real.ffprobe.path };
  return {
    env,
    tools: await locateVideoTools(env),
    async pids() {
      const text = await readFile(list, "utf8").catch(() => "");
      return text.split("\n").filter(Boolean).map(Number);
    },
  };
}
