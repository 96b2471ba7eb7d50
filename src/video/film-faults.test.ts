/** What becomes of a film when ffmpeg dies, hangs or lies: the frames go on, and the film is the same in the end. */

import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextRandom, type RandomStream } from "../../test/support/shuffled.ts";
import { type WrappedFfmpeg, wrapFfmpeg } from "../../test/support/wrap-ffmpeg.ts";
import { EncodeError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import { type FilmOptions, openFilm } from "./film.ts";

const FRAMES = 25;
const BYTES = 3 * 48 * 32;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-film-faults-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function picture(position: number): ByteImage {
  const data = new Uint8Array(BYTES).map((_, i) => (i * 5 + position * 7) & 255);
  return { width: 48, height: 32, data };
}

/** A film whose ffmpeg does `shell` before anything else; `$n` counts its processes. */
async function film(shell: string, changes: Partial<FilmOptions> = {}) {
  const program = await wrapFfmpeg(join(folder, "bin"), shell);
  const troubles: string[] = [];
  const opened = await openFilm({
    width: 48,
    height: 32,
    fps: 15,
    crf: 20,
    preset: "ultrafast",
    threads: 1,
    path: join(folder, "video.mp4"),
    segmentFolder: join(folder, "segments"),
    format: "mp4",
    frames: FRAMES,
    segmentFrames: 10,
    metadata: { title: "a film", settings: {} },
    tools: program.tools,
    onTrouble: ({ message }) => troubles.push(message),
    ...changes,
  });
  return { film: opened, program, troubles };
}

type OpenedFilm = Awaited<ReturnType<typeof film>>["film"];

async function deliver(opened: OpenedFilm, pauseMs = 0): Promise<void> {
  for (let position = 0; position < FRAMES; position++) {
    const read = () => Promise.resolve(picture(position));
    await opened.take({ position, identity: String(position), read }, picture(position));
    if (pauseMs > 0) await sleep(pauseMs);
  }
}

async function hashFilm(): Promise<string> {
  const bytes = await readFile(join(folder, "video.mp4"));
  return createHash("sha256").update(bytes).digest("hex");
}

/** The film of an ffmpeg that behaves; its pieces are removed. */
async function undisturbed(): Promise<string> {
  const { film: opened } = await film("");
  await deliver(opened);
  await opened.finish();
  const hash = await hashFilm();
  await forget();
  return hash;
}

async function forget(): Promise<void> {
  for (const path of ["segments", "bin", "video.mp4"]) await rm(join(folder, path), { recursive: true });
}

const only = (test: string, body: string) => `if ${test}; then ${body}; fi`;
const JOINS = `case "$*" in *concat*) true;; *) false;; esac`;
/** The file that ffmpeg is to write. */
const OUTPUT = `for output; do :; done; output="\${output#file:}"`;

describe("an ffmpeg", () => {
  it.each([
    ["dies at once", only("[ $n -eq 1 ]", "exit 7")],
    ["dies in the middle of a piece", only("[ $n -eq 1 ]", "head -c 20000 > /dev/null; kill -9 $$")],
    [
      "leaves frames out and claims success",
      only("[ $n -eq 1 ]", `head -c ${9 * BYTES} | "$REAL" "$@"; exit 0`),
    ],
    ["writes no file and claims success", only("[ $n -eq 2 ]", "cat > /dev/null; exit 0")],
  ])("that %s costs that piece once more", async (_, shell) => {
    const expected = await undisturbed();
    const { film: opened } = await film(shell);
    await deliver(opened);
    expect(await opened.finish()).toMatchObject({ frames: FRAMES });
    expect(await hashFilm()).toBe(expected);
  });

  it("that always dies stops no frame; the film fails at the end, and another ffmpeg makes it", async () => {
    const expected = await undisturbed();
    const { film: opened, troubles } = await film("exit 7");
    await deliver(opened);
    const error: unknown = await opened.finish().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EncodeError);
    expect((error as EncodeError).message).toMatch(/code 7/);
    expect(troubles[0]).toMatch(/code 7/);
    await opened.abort();
    expect(await readdir(join(folder, "segments"))).toEqual([]);

    await rm(join(folder, "bin"), { recursive: true });
    const { film: again } = await film("");
    await deliver(again);
    await again.finish();
    expect(await hashFilm()).toBe(expected);
  });

  it("that hangs is ended, and frames go on", async () => {
    const hang = `exec '${process.execPath}' -e 'setInterval(() => {}, 1000)'`;
    const { film: opened, troubles } = await film(hang, { stallSeconds: 1 });
    for (let position = 0; position < FRAMES; position++) {
      // Larger than a pipe holds, so that somebody has to read it.
      const large = { width: 480, height: 320, data: new Uint8Array(3 * 480 * 320) };
      await opened.take({ position, identity: String(position), read: () => Promise.resolve(large) }, large);
    }
    await opened.abort();
    expect(troubles.length).toBeGreaterThan(0);
    expect(await readdir(join(folder, "segments"))).toEqual([]);
  });

  it.each([
    [
      "a part of the film",
      `set -- "$@"; for piece in *.mp4; do break; done; ${OUTPUT}; cp "$piece" "$output"; exit 0`,
      "expected 25 frames in the joined video, found",
    ],
    [
      "pieces in another order",
      `mkdir -p sorted; ${OUTPUT}; for list in .list*; do :; done; { echo ffconcat version 1.0; grep -A1 '^file' "$list" | grep -v '^--' | tail -n 4; grep -A1 '^file' "$list" | head -n 2; } > order.txt; "$REAL" -v error -y -f concat -safe 0 -auto_convert 0 -i order.txt -c copy -f mp4 "$output"; exit 0`,
      "of the joined video are not those that were encoded",
    ],
  ])("that joins %s and claims success is caught", async (_, body, message) => {
    const { film: opened } = await film(only(JOINS, body));
    await deliver(opened);
    await expect(opened.finish()).rejects.toThrow(message);
    expect((await readdir(folder)).toSorted()).toEqual(["bin", "segments"]);
  });

  it("that is killed at any moment, ten times, leaves the film as it would have been", async () => {
    const expected = await undisturbed();
    const random: RandomStream = { state: 5 };
    let killed = 0;
    for (let round = 0; round < 10; round++) {
      const { film: opened, program } = await film("");
      const made = (async () => {
        await deliver(opened, 5);
        await opened.finish();
      })();
      killed += await killSoon(program, made, nextRandom(random) * 400);
      await made;
      expect(await hashFilm()).toBe(expected);
      await forget();
    }
    expect(killed).toBeGreaterThan(0);
  });
});

/** Kills the ffmpeg that was started last, so many milliseconds after the first. @returns 1, or 0 when there was none to kill */
async function killSoon(program: WrappedFfmpeg, done: Promise<void>, delayMs: number): Promise<number> {
  const ended = done.then(
    () => true,
    () => true,
  );
  while ((await program.pids()).length === 0) if (await Promise.race([ended, sleep(5, false)])) return 0;
  await Promise.race([ended, sleep(delayMs)]);
  try {
    process.kill((await program.pids()).at(-1)!, "SIGKILL");
    return 1;
  } catch {
    return 0;
  }
}
