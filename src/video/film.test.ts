/** Films of real ffmpeg, from frames that come in any order, again and again. */

import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RandomStream, shuffled } from "../../test/support/shuffled.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type Film, type FilmFrame, type FilmOptions, openFilm } from "./film.ts";
import { locateVideoTools } from "./locate.ts";
import { readPackets } from "./packets.ts";
import { probeVideo } from "./probe.ts";

const tools = await locateVideoTools();
const [WIDTH, HEIGHT] = [48, 32];

let folder: string;
let read: number[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-film-"));
  read = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A ramp that moves on; `look` gives other pictures. */
function picture(position: number, look = 0): ByteImage {
  const data = new Uint8Array(3 * WIDTH * HEIGHT).map((_, i) => (i * 5 + position * 7 + look * 50) & 255);
  return { width: WIDTH, height: HEIGHT, data };
}

function frame(position: number, look = 0): FilmFrame {
  const { data } = picture(position, look);
  return {
    position,
    identity: createHash("sha256").update(data).digest("hex"),
    read: async () => {
      read.push(position);
      return Promise.resolve(picture(position, look));
    },
  };
}

function options(changes: Partial<FilmOptions> = {}): FilmOptions {
  const format = changes.format ?? "mp4";
  return {
    width: WIDTH,
    height: HEIGHT,
    fps: 15,
    crf: 20,
    preset: "ultrafast",
    threads: 1,
    path: join(folder, `video.${format}`),
    segmentFolder: join(folder, "segments"),
    format,
    frames: 35,
    segmentFrames: 10,
    metadata: { title: "a film", settings: { seed: 7 } },
    ...changes,
  };
}

const range = (count: number) => [...Array(count).keys()];

/** Frames with their pictures at hand, as they are rendered. */
async function deliver(film: Film, positions: readonly number[], look = 0): Promise<void> {
  for (const position of positions) await film.take(frame(position, look), picture(position, look));
}

async function make(changes: Partial<FilmOptions> = {}, positions = range(35)): Promise<string> {
  const film = await openFilm(options(changes));
  await deliver(film, positions);
  await film.finish();
  return hashOf(options(changes).path);
}

/** Frames as a finished run has them: on the disk. */
async function makeFromDisk(
  changes: Partial<FilmOptions> = {},
  lookAt: (position: number) => number = () => 0,
): Promise<string> {
  const film = await openFilm(options(changes));
  for (const position of range(35)) await film.take(frame(position, lookAt(position)));
  await film.finish();
  return hashOf(options(changes).path);
}

const hashOf = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

/** File → when it was written, of the pieces. */
async function pieces(): Promise<Map<string, number>> {
  const files = (await readdir(join(folder, "segments"))).filter((file) => file.endsWith(".mp4"));
  const written = files.map(async (file): Promise<[string, number]> => [
    file,
    (await stat(join(folder, "segments", file))).mtimeMs,
  ]);
  return new Map(await Promise.all(written));
}

describe.each(["mp4", "webm"] as const)("a film in %s", (format) => {
  it("has the same bytes whatever order its frames come in", async () => {
    const inOrder = await make({ format });
    // Every piece but those of frames that came out of order was fed as they came.
    expect(read).toEqual([]);
    const backward = await rebuilt(() => make({ format }, range(35).toReversed()));
    const fromDisk = await rebuilt(() => makeFromDisk({ format }));
    const resumed = await rebuilt(async () => {
      const film = await openFilm(options({ format }));
      for (const position of range(17)) await film.take(frame(position));
      await deliver(film, range(35).slice(17));
      await film.finish();
      return hashOf(options({ format }).path);
    });
    expect([backward, fromDisk, resumed]).toEqual([inOrder, inOrder, inOrder]);
  });

  it("has the same bytes from shots that are rendered side by side", async () => {
    const inOrder = await make({ format });
    const random: RandomStream = { state: 11 };
    for (let round = 0; round < 2; round++) {
      const together = await rebuilt(async () => {
        const film = await openFilm(options({ format }));
        const shots = [
          range(35).slice(0, 4),
          range(35).slice(4, 13),
          range(35).slice(13, 26),
          range(35).slice(26),
        ];
        await Promise.all(shuffled(shots, random).map(async (shot) => deliver(film, shot)));
        await film.finish();
        return hashOf(options({ format }).path);
      });
      expect(together).toBe(inOrder);
    }
  });

  it("shows every frame for the same time, over the joints too", async () => {
    await make({ format, preset: "medium" });
    const found = await probeVideo(tools.ffprobe.path, options({ format }).path);
    expect(found).toMatchObject({ frames: 35, width: WIDTH, height: HEIGHT, fps: 15 });
    expect(found.tags.get("title")).toBe("a film");
    expect(JSON.parse(found.tags.get("comment")!)).toEqual({ seed: 7 });
  });
});

async function rebuilt(build: () => Promise<string>): Promise<string> {
  await rm(join(folder, "segments"), { recursive: true });
  return build();
}

it.each([
  [23.976, 2997, 125],
  [24, 24, 1],
  [29.97002997, 30_000, 1001],
  [60, 60, 1],
])("1000 frames at %d a second do not drift", async (fps, numerator, denominator) => {
  const film = await openFilm(options({ fps, frames: 1000, segmentFrames: 120, preset: "veryfast" }));
  const still = picture(0);
  for (const position of range(1000)) {
    await film.take(
      { ...frame(0), identity: String(position), position },
      position % 3 ? still : picture(position),
    );
  }
  await film.finish();
  const { tick, packets } = await readPackets(tools.ffmpeg.path, options().path);
  const shown = packets.map(({ pts }) => pts!).toSorted((a, b) => a - b);
  const step = (denominator / numerator) * (tick.denominator / tick.numerator);
  expect(shown).toEqual(range(1000).map((position) => Math.round(position * step)));
  expect(Number.isInteger(Math.round(step * 1e6) / 1e6)).toBe(true);
  expect((await probeVideo(tools.ffprobe.path, options().path)).fps).toBeCloseTo(numerator / denominator, 9);
});

describe("a film that is made again", () => {
  it("is left as it is when nothing changed, and no picture is read", async () => {
    const before = await make();
    const { mtimeMs } = await stat(options().path);
    expect(await makeFromDisk()).toBe(before);
    expect((await stat(options().path)).mtimeMs).toBe(mtimeMs);
    expect(read).toEqual([]);
  });

  it("encodes only pieces with other frames, and forgets those that nobody needs", async () => {
    await make();
    const before = await pieces();
    await makeFromDisk({}, (position) => (position >= 27 ? 1 : 0));
    const after = await pieces();
    expect([before.size, after.size]).toEqual([4, 4]);
    expect([...after].filter(([file, time]) => before.get(file) === time).length).toBe(2);
    expect(Math.min(...read)).toBe(20);
  });

  it("encodes everything at another quality", async () => {
    const before = await make();
    expect(await makeFromDisk({ crf: 40 })).not.toBe(before);
    expect(read).toEqual(range(35));
  });

  it("joins the same pieces under another title", async () => {
    await make();
    const before = await pieces();
    await makeFromDisk({ metadata: { title: "another", settings: {} } });
    expect(await pieces()).toEqual(before);
    expect((await probeVideo(tools.ffprobe.path, options().path)).tags.get("title")).toBe("another");
  });

  it.each(["a flipped bit", "a truncation", "a flipped bit in its facts", "a missing file"])(
    "notices %s of a piece and encodes that one anew",
    async (damage) => {
      const whole = await make();
      const [file] = [...(await pieces()).keys()].toSorted();
      const path = join(folder, "segments", file!);
      const facts = path.replace(/mp4$/, "json");
      if (damage === "a missing file") await rm(path);
      else if (damage === "a truncation") await truncate(path, (await stat(path)).size - 100);
      else await flipBit(damage === "a flipped bit" ? path : facts);
      await rm(options().path);
      expect(await makeFromDisk()).toBe(whole);
      expect(read.length).toBeLessThanOrEqual(10);
      expect(read.length).toBeGreaterThan(0);
    },
  );

  it("notices a damaged film and joins it anew", async () => {
    const whole = await make();
    await flipBit(options().path);
    expect(await makeFromDisk()).toBe(whole);
    expect(read).toEqual([]);
  });
});

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 16;
  await writeFile(path, bytes);
}

describe("an unfinished run", () => {
  it("gives a film of the frames that there are, and later the one that an undisturbed run gives", async () => {
    const some = [0, 1, 2, 3, 9, 12, 13, 30];
    await make({}, some);
    expect((await probeVideo(tools.ffprobe.path, options().path)).frames).toBe(some.length);
    const continued = await makeFromDisk();
    expect(await rebuilt(() => make())).toBe(continued);
    expect((await pieces()).size).toBe(4);
  });

  it("keeps finished pieces when it is given up, and nothing that is half-written", async () => {
    const film = await openFilm(options());
    await deliver(film, range(25));
    await expect
      .poll(async () => (await readdir(join(folder, "segments"))).length, { timeout: 20_000 })
      .toBeGreaterThan(3);
    await film.abort();
    await film.abort();
    const files = await readdir(join(folder, "segments"));
    expect(files.filter((file) => !/^[0-9a-f]{64}\.(mp4|json)$/.test(file))).toEqual([]);
    expect(await readdir(folder)).toEqual(["segments"]);
  });

  it("of no frame is an error", async () => {
    const film = await openFilm(options());
    await expect(film.finish()).rejects.toThrow("a video needs at least one frame");
  });
});

it("a GIF is made of all frames at the end, and left as it is when nothing changed", async () => {
  const before = await make({ format: "gif" }, [...range(35)].toReversed());
  expect((await probeVideo(tools.ffprobe.path, options({ format: "gif" }).path)).frames).toBe(35);
  expect(read).toEqual(range(35));
  expect(await makeFromDisk({ format: "gif" })).toBe(before);
  expect(read.length).toBe(35);
});

it("png makes no video and counts", async () => {
  const film = await openFilm(options({ format: "png" }));
  await deliver(film, range(3));
  expect(await film.finish()).toEqual({ path: undefined, frames: 3 });
  expect(await readdir(folder)).toEqual([]);
});

it("a folder with every character that paths may have holds a film", async () => {
  const odd = join(folder, "it's 100% ?#:|\\ [a] ñ");
  const path = join(odd, "video.mp4");
  await make({ path, segmentFolder: join(odd, "segments") });
  expect((await probeVideo(tools.ffprobe.path, path)).frames).toBe(35);
});
