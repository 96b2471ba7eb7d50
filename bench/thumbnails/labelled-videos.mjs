/** Videos of which each frame is known to be good or bad: shots of painted pictures, with what creators do not want on a thumbnail between them. */
import sharp from "sharp";
import { drawText } from "../../dist/thumbnails/glyphs.js";
import { chance } from "./chance.mjs";

export const SIZE = { width: 320, height: 180 };
export const FPS = 8;
const { width: WIDTH, height: HEIGHT } = SIZE;
const PIXELS = WIDTH * HEIGHT;

/** Seconds, least and most. */
const GOOD_SECONDS = [1.2, 3];

/**
 * What is bad: how long it lasts, and its frames. `share` runs from 0 to 1 over the span; `before` and `after` are the shots on either side.
 */
const BAD = {
  black: { seconds: [1, 3], frame: () => solid(0, 0, 0) },
  white: { seconds: [0.3, 1], frame: () => solid(255, 255, 255) },
  card: { seconds: [1, 2.5], frame: ({ tint }) => solid(...tint) },
  static: { seconds: [0.5, 2], frame: ({ random }) => noise(random) },
  credits: { seconds: [2, 5], frame: ({ share, seconds }) => credits(share * seconds) },
  bars: { seconds: [1, 2.5], frame: () => testBars() },
  "fade to black": {
    seconds: [0.7, 1.5],
    frame: ({ before, share }) => mix(before(1), solid(0, 0, 0), share),
  },
  "fade from black": {
    seconds: [0.7, 1.5],
    frame: ({ after, share }) => mix(solid(0, 0, 0), after(0), share),
  },
  dissolve: { seconds: [0.7, 2], frame: ({ before, after, share }) => mix(before(1), after(0), share) },
  "out of focus": { seconds: [1, 3], frame: ({ before }) => filter(before(1), (s) => s.blur(6)) },
  "focus pull": {
    seconds: [1, 2],
    frame: ({ after, share }) => filter(after(0), (s) => s.blur(9 - 6 * share)),
  },
  "whip pan": { seconds: [0.4, 0.9], frame: ({ before, after, share }) => whip(before(1), after(0), share) },
  overexposed: { seconds: [1, 2.5], frame: ({ before }) => filter(before(1), (s) => s.linear(4, 60)) },
  night: { seconds: [1, 2.5], frame: ({ before }) => filter(before(1), (s) => s.linear(0.1, 0)) },
  "empty corner": { seconds: [1.5, 3], frame: ({ corner, share }) => corner(share) },
};

/**
 * The video of a number.
 *
 * @param pictures as many as one likes; each video takes three to six
 * @returns `spans` (`kind`, `isGood`, `shot`: number of the good shot or undefined, `first` and `last` frame), and `frames()`: RGB bytes of each
 */
export function labelledVideo(number, pictures, seed) {
  const random = chance(seed, `labelled video ${number}`);
  const shots = Array.from({ length: 3 + Math.floor(random.uniform() * 4) }, () =>
    makeShot(random.pick(pictures), random),
  );
  const parts = [];
  const addBad = (kind, before, after) => {
    const tint = Array.from({ length: 3 }, () => 60 + 150 * random.uniform());
    const corner = makeShot(before.picture, random, true).at;
    parts.push({
      kind,
      seconds: random.between(...BAD[kind].seconds),
      context: { before: before.at, after: after.at, tint, corner, random },
    });
  };
  const kinds = Object.keys(BAD);
  for (const [index, shot] of shots.entries()) {
    const before = shots[index - 1] ?? shot;
    if (index === 0 && random.uniform() < 0.6) {
      addBad("black", before, shot);
      addBad("fade from black", before, shot);
    } else {
      // Some cuts stay cuts; most have one or two bad spans between.
      for (let count = Math.floor(random.uniform() * 3); count > 0; count--)
        addBad(random.pick(kinds), before, shot);
    }
    parts.push({
      kind: "shot",
      shot: index,
      seconds: random.between(...GOOD_SECONDS),
      context: { at: shot.at },
    });
  }
  const last = shots.at(-1);
  addBad("fade to black", last, last);
  addBad(random.uniform() < 0.6 ? "credits" : "black", last, last);

  return { number, ...layOutSpans(parts) };
}

/**
 * A video by its script, such as `[["black", 2], ["shot", 3], ["dissolve", 1], ["shot", 3]]`: what comes, and for how many seconds.
 *
 * @param pictures one for each shot
 */
export function scriptedVideo(script, pictures, seed) {
  const random = chance(seed, "scripted video");
  const shots = pictures.map((picture) => makeShot(picture, random));
  let next = 0;
  const parts = script.map(([kind, seconds]) => {
    if (kind === "shot") return { kind, shot: next, seconds, context: { at: shots[next++].at } };
    const [before, after] = [shots[Math.max(0, next - 1)], shots[Math.min(next, shots.length - 1)]];
    const tint = [120, 110, 160];
    return { kind, seconds, context: { before: before.at, after: after.at, tint, random } };
  });
  return layOutSpans(parts);
}

function layOutSpans(parts) {
  let first = 0;
  const spans = parts.map((part) => {
    const length = Math.max(3, Math.round(part.seconds * FPS));
    const span = {
      kind: part.kind,
      isGood: part.kind === "shot",
      shot: part.shot,
      first,
      last: first + length - 1,
      part,
    };
    first += length;
    return span;
  });
  return { spans, frameCount: first, frames: () => drawSpans(spans) };
}

async function* drawSpans(spans) {
  for (const { part, first, last } of spans) {
    for (let frame = first; frame <= last; frame++) {
      const share = (frame - first + 0.5) / (last - first + 1);
      const { context, kind, seconds } = part;
      yield kind === "shot" ? await context.at(share) : await BAD[kind].frame({ ...context, share, seconds });
    }
  }
}

/** A slow move over a picture; with `isCorner`, over its upper left corner alone. */
function makeShot(picture, random, isCorner = false) {
  const [from, to] = [random.uniform(), random.uniform()];
  const zoom = 1 - 0.12 * random.uniform();
  const at = (share) => {
    const scale = isCorner ? 0.22 : 1 - (1 - zoom) * share;
    const [width, height] = [Math.round(256 * scale), Math.round(144 * scale)];
    const left = isCorner ? Math.round(6 * share) : Math.round((256 - width) / 2);
    const drift = isCorner ? 0 : (0.35 + 0.3 * (from + (to - from) * share)) * (256 - height);
    const { data } = picture;
    return sharp(data, { raw: { width: 256, height: 256, channels: 3 } })
      .extract({ left, top: Math.round(drift), width, height })
      .resize(WIDTH, HEIGHT, { kernel: "lanczos3", fit: "fill" })
      .raw()
      .toBuffer();
  };
  return { picture, at };
}

function solid(red, green, blue) {
  const data = Buffer.alloc(3 * PIXELS);
  for (let i = 0; i < data.length; i += 3) data.set([red, green, blue], i);
  return data;
}

function noise(random) {
  return Buffer.from(Uint8Array.from({ length: 3 * PIXELS }, () => 256 * random.uniform()));
}

/** The eight colors of a test card. */
function testBars() {
  const data = Buffer.alloc(3 * PIXELS);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const bar = 7 - Math.floor((8 * (pixel % WIDTH)) / WIDTH);
    data.set([(bar & 2) * 96, (bar & 4) * 48, (bar & 1) * 192], 3 * pixel);
  }
  return data;
}

/** White names that roll upwards on black. */
async function credits(seconds) {
  const names = [
    "directed by",
    "ada night",
    "painted by",
    "a storybook",
    "music",
    "the night band",
    "with",
    "a hero",
  ];
  const lines = names.map((name, index) =>
    drawText(name, 90, 190 - 30 * seconds + 34 * index, index % 2 === 0 ? 8 : 13, "#fff"),
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%"/>${lines.join("")}</svg>`;
  return sharp(Buffer.from(svg)).flatten().removeAlpha().raw().toBuffer();
}

async function mix(a, b, share) {
  const [first, second] = [await a, await b];
  return Buffer.from(first.map((value, i) => value + (second[i] - value) * share));
}

async function filter(frame, change) {
  const pipeline = sharp(await frame, { raw: { ...SIZE, channels: 3 } });
  return change(pipeline).raw().toBuffer();
}

/** From one picture to the next in a swing, smeared over a third of the width. */
async function whip(before, after, share) {
  const [first, second] = [await before, await after];
  const data = Buffer.alloc(3 * PIXELS);
  const shift = Math.round(share * WIDTH);
  const smear = Math.round(WIDTH / 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = (x) => {
        const source = Math.max(0, Math.min(2 * WIDTH - 1, x));
        const picture = source < WIDTH ? first : second;
        return picture[3 * (y * WIDTH + (source % WIDTH)) + channel];
      };
      let sum = 0;
      for (let x = shift - smear; x < shift; x++) sum += at(x);
      for (let x = 0; x < WIDTH; x++) {
        sum += at(x + shift) - at(x + shift - smear);
        data[3 * (y * WIDTH + x) + channel] = sum / smear;
      }
    }
  }
  return data;
}
