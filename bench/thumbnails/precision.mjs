/**
 * How many of the first 1, 3 and 5 stills are good, on videos of which each frame is known to be good or bad, beside what else one might do.
 *
 *     npm run build && node bench/thumbnails/precision.mjs
 *
 * --videos 48        how many
 * --pictures 56      how many painted pictures they are made of
 * --seed 1           of the videos
 * --work FOLDER      where pictures and videos are kept (default: animate-precision in the system's folder for temporary files)
 * --json             results as JSON
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openFootage } from "../../dist/footage/open-footage.js";
import { openScorePool } from "../../dist/scoring/score-pool.js";
import { inSequence } from "../../dist/thumbnails/in-sequence.js";
import { scoreFootage } from "../../dist/thumbnails/score-footage.js";
import { selectStills } from "../../dist/thumbnails/select.js";
import { locateVideoTools } from "../../dist/video/locate.js";
import { encodeVideo } from "./encode-video.mjs";
import { FPS, labelledVideo } from "./labelled-videos.mjs";
import { paintPictures } from "./paint-pictures.mjs";
import { pickByFfmpeg, pickSharpest, pickUniform } from "./other-pickers.mjs";

const COUNTS = [1, 3, 5];

const { values: options } = parseArgs({
  options: {
    videos: { type: "string", default: "48" },
    pictures: { type: "string", default: "56" },
    seed: { type: "string", default: "1" },
    work: { type: "string", default: join(tmpdir(), "animate-precision") },
    json: { type: "boolean", default: false },
  },
});
const [videoCount, seed] = [Number(options.videos), Number(options.seed)];
const pictures = await paintPictures(Number(options.pictures), join(options.work, "pictures"));
const ffmpeg = (await locateVideoTools()).ffmpeg.path;
const pool = openScorePool();

/** Name of a way to pick → for each count what it reached, summed over the videos. */
const reached = new Map();
const misses = new Map();
let goodShares = 0;
let frameCount = 0;
for (let number = 0; number < videoCount; number++) {
  const video = labelledVideo(number, pictures, seed);
  const file = await encodeVideo(
    ffmpeg,
    video,
    join(options.work, `videos-${seed}-${options.pictures}`),
    `${String(number).padStart(3, "0")}.mp4`,
  );
  const footage = await openFootage(file);
  const scored = await scoreFootage(footage, { pool });
  const frames = inSequence(scored.frames);
  goodShares += shareOfGood(video) / videoCount;
  frameCount += frames.length;
  for (const count of COUNTS) {
    const ours = selectStills(frames, count).picked.map(({ frame }) => frame);
    judge("animate thumbnails", count, video, ours);
    judge(
      "ffmpeg's thumbnail filter",
      count,
      video,
      await pickByFfmpeg(ffmpeg, file, video.frameCount, count, FPS),
    );
    judge("sharpest frames", count, video, pickSharpest(frames, count));
    judge("evenly spaced", count, video, pickUniform(video.frameCount, count));
    expect("random frames", count, video);
    for (const frame of ours) {
      const { isGood, kind } = spanOf(video, frame);
      if (!isGood) misses.set(kind, (misses.get(kind) ?? 0) + 1);
    }
  }
  process.stderr.write(`\r${number + 1} of ${videoCount} videos`);
}
await pool.close();
process.stderr.write("\n");
report();

function spanOf({ spans }, frame) {
  return spans.find(({ first, last }) => frame >= first && frame <= last) ?? spans.at(-1);
}

function shareOfGood({ spans, frameCount: all }) {
  return (
    spans.filter(({ isGood }) => isGood).reduce((sum, { first, last }) => sum + last - first + 1, 0) / all
  );
}

/** Adds what the picked frames reached: the share of good ones (of those picked: whoever finds no fifth that differs gives four), whether there is one, and how many different shots they show. */
function judge(name, count, video, picked) {
  const good = picked.map((frame) => spanOf(video, frame)).filter(({ isGood }) => isGood);
  const shots = video.spans.filter(({ isGood }) => isGood).length;
  const found = new Set(good.map(({ shot }) => shot)).size / Math.min(count, shots);
  add(name, count, good.length / Math.max(1, picked.length), good.length > 0 ? 1 : 0, found);
}

/** The same as random frames reach it on average; of the shots, as if each frame were drawn by itself. */
function expect(name, count, video) {
  const share = shareOfGood(video);
  const shots = video.spans.filter(({ isGood }) => isGood);
  const seen = shots.map(({ first, last }) => 1 - (1 - (last - first + 1) / video.frameCount) ** count);
  const found = seen.reduce((sum, chance) => sum + chance, 0) / Math.min(count, shots.length);
  add(name, count, share, 1 - (1 - share) ** count, found);
}

function add(name, count, precision, hit, shots) {
  const rows = reached.get(name) ?? new Map();
  const { precision: p, hit: h, shots: s } = rows.get(count) ?? { precision: 0, hit: 0, shots: 0 };
  rows.set(count, {
    precision: p + precision / videoCount,
    hit: h + hit / videoCount,
    shots: s + shots / videoCount,
  });
  reached.set(name, rows);
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function report() {
  if (options.json) {
    const results = Object.fromEntries([...reached].map(([name, rows]) => [name, Object.fromEntries(rows)]));
    console.log(
      JSON.stringify(
        { videos: videoCount, seed, goodShare: goodShares, results, misses: Object.fromEntries(misses) },
        null,
        2,
      ),
    );
    return;
  }
  console.log(
    `${videoCount} videos, ${frameCount} frames, ${percent(goodShares)} of them good; seed ${seed}\n`,
  );
  const heads = ["precision", "hit", "shots"].flatMap((what) => COUNTS.map((count) => `${what} at ${count}`));
  console.log(`| | ${heads.join(" | ")} |\n|---|${heads.map(() => "---").join("|")}|`);
  for (const [name, rows] of reached) {
    const cells = ["precision", "hit", "shots"].flatMap((what) =>
      COUNTS.map((count) => percent(rows.get(count)[what])),
    );
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
  const list = [...misses].toSorted((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`);
  console.log(`\nours that were not good: ${list.join(", ") || "none"}`);
}
