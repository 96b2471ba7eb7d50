/**
 * Our stills beside those of ffmpeg's `thumbnail` filter and of even distances, on three videos, a sheet each: a film with a black intro, fades and
 * credits; one of fast cuts; an animation.
 *
 *     npm run build && npx animate --schedule schedules/superman.yaml && node bench/thumbnails/peers.mjs
 *
 * --animation FILE   the third video (default: renders/superman/video.mp4)
 * --out FOLDER       where the sheets go (default: docs/guides)
 * --work FOLDER      where pictures and videos are kept (default: animate-precision in the system's folder for temporary files)
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { writeFileAtomic } from "../../dist/files.js";
import { openFootage } from "../../dist/footage/open-footage.js";
import { openScorePool } from "../../dist/scoring/score-pool.js";
import { drawText } from "../../dist/thumbnails/glyphs.js";
import { inSequence } from "../../dist/thumbnails/in-sequence.js";
import { scoreFootage } from "../../dist/thumbnails/score-footage.js";
import { selectStills } from "../../dist/thumbnails/select.js";
import { formatTime } from "../../dist/thumbnails/sheet-tiles.js";
import { locateVideoTools } from "../../dist/video/locate.js";
import { encodeVideo } from "./encode-video.mjs";
import { scriptedVideo } from "./labelled-videos.mjs";
import { pickByFfmpeg, pickUniform } from "./other-pickers.mjs";
import { paintPictures } from "./paint-pictures.mjs";

const COUNT = 3;
const HEIGHT = 180;
const GAP = 12;
const MARGIN = 24;
const HEADING = 34;
const CAPTION = 26;

const FILM = [
  ["black", 2.5],
  ["fade from black", 1.2],
  ["shot", 3],
  ["dissolve", 1.5],
  ["shot", 2.5],
  ["focus pull", 1.5],
  ["shot", 3],
  ["fade to black", 1],
  ["black", 1],
  ["fade from black", 1],
  ["shot", 2.5],
  ["fade to black", 1.2],
  ["credits", 5],
];
const CUTS = [
  ["shot", 1.4],
  ["shot", 1],
  ["whip pan", 0.6],
  ["shot", 1.2],
  ["white", 0.4],
  ["shot", 1],
  ["out of focus", 1],
  ["shot", 1.5],
  ["static", 0.6],
  ["shot", 0.8],
  ["shot", 1.2],
  ["dissolve", 0.8],
  ["shot", 1.4],
];

/** Numbers of the painted pictures that the shots show. */
const FILM_SHOTS = [47, 15, 20, 50];
const CUTS_SHOTS = [5, 36, 16, 48, 13, 31, 19, 8];

const { values: options } = parseArgs({
  options: {
    animation: { type: "string", default: "renders/superman/video.mp4" },
    out: { type: "string", default: "docs/guides" },
    work: { type: "string", default: join(tmpdir(), "animate-precision") },
  },
});
const ffmpeg = (await locateVideoTools()).ffmpeg.path;
const pictures = await paintPictures(56, join(options.work, "pictures"));
const videos = join(options.work, "peers");
const film = scriptedVideo(
  FILM,
  FILM_SHOTS.map((number) => pictures[number]),
  1,
);
const cuts = scriptedVideo(
  CUTS,
  CUTS_SHOTS.map((number) => pictures[number]),
  2,
);
await sheet(
  "film",
  "a film with black, fades and credits",
  await encodeVideo(ffmpeg, film, videos, "film.mp4"),
);
await sheet(
  "cuts",
  "fast cuts, with a whip pan, a flash, blur and static",
  await encodeVideo(ffmpeg, cuts, videos, "cuts.mp4"),
);
await sheet("animation", "an animation: superman.yaml", options.animation);

async function sheet(name, title, file) {
  const footage = await openFootage(file);
  const pool = openScorePool();
  const { frames } = await scoreFootage(footage, { pool });
  await pool.close();
  const fps = (frames.length - 1) / frames.at(-1).timeSeconds;
  /** @type {[who: string, frames: number[]][]} */
  const rows = [
    ["animate thumbnails", selectStills(inSequence(frames), COUNT).picked.map(({ frame }) => frame)],
    ["ffmpeg's thumbnail filter", await pickByFfmpeg(ffmpeg, file, frames.length, COUNT, fps)],
    ["evenly spaced", pickUniform(frames.length, COUNT)],
  ];
  for (const [who, picked] of rows) console.log(`${name}: ${who}: ${picked.join(", ")}`);
  await writeFileAtomic(join(options.out, `stills-${name}.jpg`), await draw(title, rows, frames, footage));
}

async function draw(title, rows, frames, footage) {
  const width = Math.round((HEIGHT * footage.width) / footage.height);
  const stepY = HEADING + HEIGHT + CAPTION;
  const size = {
    width: Math.max(560, 2 * MARGIN + COUNT * (width + GAP) - GAP),
    height: MARGIN + 24 + rows.length * stepY + MARGIN / 2,
  };
  const pictureLayers = [];
  const texts = [drawText(title, MARGIN, MARGIN - 4, 15, "#eef1f7")];
  for (const [row, [who, picked]] of rows.entries()) {
    const top = MARGIN + 24 + row * stepY;
    texts.push(drawText(who, MARGIN, top + 12, 12, row === 0 ? "#ffc53d" : "#939db2"));
    for (const [column, frame] of picked.toSorted((a, b) => a - b).entries()) {
      const { timeSeconds } = frames[frame];
      const left = MARGIN + column * (width + GAP);
      const still = await footage.still({ frame, timeSeconds });
      const raw = { width: still.width, height: still.height, channels: 3 };
      const input = await sharp(still.data, { raw }).resize(width, HEIGHT, { fit: "fill" }).png().toBuffer();
      pictureLayers.push({ input, left, top: top + HEADING });
      texts.push(drawText(formatTime(timeSeconds), left, top + HEADING + HEIGHT + 8, 10, "#939db2"));
    }
  }
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${texts.join("")}</svg>`;
  return sharp({ create: { ...size, channels: 3, background: "#15161b" } })
    .composite([...pictureLayers, { input: Buffer.from(overlay) }])
    .jpeg({ quality: 85, progressive: true })
    .toBuffer();
}
