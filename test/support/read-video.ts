/** What a finished video file is, counted by decoding it. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { locateVideoTools } from "../../src/video/locate.ts";

const run = promisify(execFile);

export interface VideoFacts {
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** The recipe that is kept inside. */
  readonly comment: string;
}

export async function readVideo(video: string): Promise<VideoFacts> {
  const { ffprobe } = await locateVideoTools();
  const args = ["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", video];
  const { streams, format } = JSON.parse((await run(ffprobe.path, args)).stdout);
  const { width, height, nb_read_frames } = streams[0];
  return { frames: Number(nb_read_frames), width, height, comment: format.tags.comment };
}
