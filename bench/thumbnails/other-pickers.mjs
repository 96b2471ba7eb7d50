/** What else one might do to get stills: the filter of ffmpeg, frames at even distances, the sharpest frames. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** ffmpeg's `thumbnail` filter: of each of `count` equal parts the frame whose histogram is nearest to the part's mean. */
export async function pickByFfmpeg(ffmpeg, file, frameCount, count, fps) {
  const filters = `thumbnail=n=${Math.ceil(frameCount / count)},showinfo`;
  const args = ["-hide_banner", "-nostdin", "-i", `file:${file}`, "-vf", filters, "-f", "null", "-"];
  const { stderr } = await run(ffmpeg, args, { maxBuffer: 1 << 26 });
  const times = [...stderr.matchAll(/showinfo.*pts_time:([\d.]+)/g)].map(([, seconds]) => Number(seconds));
  return times.slice(0, count).map((seconds) => Math.round(seconds * fps));
}

/** The middle frame of each of `count` equal parts. */
export function pickUniform(frameCount, count) {
  return Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * frameCount) / count));
}

/** The frames with the largest variance of the Laplacian. */
export function pickSharpest(frames, count) {
  return frames
    .toSorted((a, b) => b.score.sharpness - a.score.sharpness || a.frame - b.frame)
    .slice(0, count)
    .map(({ frame }) => frame);
}
