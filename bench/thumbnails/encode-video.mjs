/** Frames that were made here → a video file. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { FPS, SIZE } from "./labelled-videos.mjs";

/**
 * Encodes a video unless it is there.
 *
 * @param video of {@link import("./labelled-videos.mjs")}
 * @returns its path
 */
export async function encodeVideo(ffmpeg, video, folder, name) {
  const file = join(folder, name);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const input = [
    "-f",
    "rawvideo",
    "-pix_fmt",
    "rgb24",
    "-s",
    `${SIZE.width}x${SIZE.height}`,
    "-r",
    String(FPS),
    "-i",
    "-",
  ];
  const output = [
    "-c:v",
    "libx264",
    "-crf",
    "18",
    "-pix_fmt",
    "yuv420p",
    "-threads",
    "1",
    "-y",
    `${file}.part.mp4`,
  ];
  const encoder = spawn(ffmpeg, ["-loglevel", "error", ...input, ...output], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = once(encoder, "close");
  for await (const frame of video.frames()) {
    if (!encoder.stdin.write(frame)) await once(encoder.stdin, "drain");
  }
  encoder.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  await rename(`${file}.part.mp4`, file);
  return file;
}
