/** Videos as they come from phones, cameras, the web and attackers. */

import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import sharp from "../tensor/sharp.ts";
import { makeVideo } from "../../test/support/make-video.ts";
import type { Footage, FootageFrame } from "./footage.ts";
import { openFootage } from "./open-footage.ts";

async function readAll(footage: Footage): Promise<FootageFrame[]> {
  const frames: FootageFrame[] = [];
  for await (const frame of footage.frames()) frames.push(frame);
  return frames;
}

const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const pattern = (seconds: number, size = "160x90") => [
  "-f",
  "lavfi",
  "-i",
  `testsrc2=s=${size}:r=10:d=${seconds}`,
];

describe("openFootage", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "animate-test-"));
    await makeVideo(folder, [...pattern(3), ...H264, "-movflags", "+faststart", "film.mp4"]);
  });
  afterAll(async () => await rm(folder, { recursive: true, force: true }));

  it.each([
    {
      name: "audio alone",
      file: "sound.m4a",
      make: () => makeVideo(folder, ["-f", "lavfi", "-i", "sine=d=1", "sound.m4a"]),
      says: /expected a video, found only audio$/,
    },
    {
      name: "audio with a cover",
      file: "song.mp3",
      make: async () => {
        await makeVideo(folder, [...pattern(0.1), "-frames:v", "1", "cover.png"]);
        const inputs = ["-f", "lavfi", "-i", "sine=d=1", "-i", "cover.png"];
        const cover = ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"];
        await makeVideo(folder, [...inputs, ...cover, "song.mp3"]);
      },
      says: /found only audio and a cover picture/,
    },
    {
      name: "a file of 0 bytes",
      file: "empty.mp4",
      make: () => writeFile(join(folder, "empty.mp4"), ""),
      says: /found an empty file/,
    },
    {
      name: "text that is called a video",
      file: "text.mp4",
      make: () => writeFile(join(folder, "text.mp4"), "This is no video.\n".repeat(100)),
      says: /found a file that ffmpeg cannot read/,
    },
    {
      name: "a video whose index is cut off",
      file: "cut.mp4",
      make: async () => {
        await makeVideo(folder, [...pattern(1), ...H264, "cut.mp4"]);
        await truncate(join(folder, "cut.mp4"), 3000);
      },
      says: /found a file that ffmpeg cannot read: .*(moov|Invalid data)/,
    },
    {
      name: "a playlist that names a file of this machine",
      file: "playlist.m3u8",
      make: () =>
        writeFile(
          join(folder, "playlist.m3u8"),
          `#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile:${join(folder, "film.mp4")}\n#EXT-X-ENDLIST\n`,
        ),
      says: /found a playlist or list of other files/,
    },
    {
      name: "a playlist that is called a video",
      file: "playlist.mp4",
      make: () => writeFile(join(folder, "playlist.mp4"), "#EXTM3U\n#EXTINF:3,\nfilm.mp4\n#EXT-X-ENDLIST\n"),
      says: /found a file that ffmpeg cannot read/,
    },
    {
      name: "a list of files to join",
      file: "list.mkv",
      make: () => writeFile(join(folder, "list.mkv"), "ffconcat version 1.0\nfile film.mp4\n"),
      says: /found a playlist or list of other files/,
    },
    {
      name: "a video of 16000 by 16000 pixels",
      file: "huge.avi",
      make: async () => {
        await makeVideo(folder, [...pattern(0.1), "-c:v", "rawvideo", "-pix_fmt", "yuv420p", "huge.avi"]);
        const bytes = await readFile(join(folder, "huge.avi"));
        const format = bytes.indexOf("strf") + 8;
        bytes.writeUInt32LE(16_000, format + 4);
        bytes.writeUInt32LE(16_000, format + 8);
        await writeFile(join(folder, "huge.avi"), bytes);
      },
      says: /the video is 16000x16000, at most 134217728 pixels are decoded/,
    },
    {
      name: "a folder without pictures",
      file: "nothing",
      make: async () => {
        await mkdir(join(folder, "nothing"));
        await writeFile(join(folder, "nothing/readme.txt"), "nothing here");
      },
      says: /expected pictures \(PNG, JPEG, WebP\) in the folder, found none/,
    },
    {
      name: "a file that is not there",
      file: "missing.mp4",
      make: async () => {},
      says: /there is no such file or folder/,
    },
  ])("refuses $name, by name and with a hint", async ({ file, make, says }) => {
    await make();
    const failure = openFootage(join(folder, file));
    await expect(failure).rejects.toThrow(says);
    await expect(failure).rejects.toMatchObject({
      name: "FileError",
      where: join(folder, file),
      hint: expect.stringMatching(/\w+/),
    });
  });

  it("gives the frames of a video that is cut off, and says where it ends", async () => {
    const whole = await readFile(join(folder, "film.mp4"));
    await writeFile(join(folder, "half.mp4"), whole.subarray(0, whole.length / 2));
    const footage = await openFootage(join(folder, "half.mp4"));
    const frames = await readAll(footage);
    expect(frames.length).toBeGreaterThan(5);
    expect(frames.length).toBeLessThan(25);
    expect(footage.warnings).toEqual([
      expect.stringMatching(
        /^the video ends at \d\.\d s and says that it has 3\.0 s: it is cut off or damaged$/,
      ),
    ]);
    expect((await footage.still(frames.at(-1)!)).width).toBe(160);
  });

  it("takes a video of one frame", async () => {
    await makeVideo(folder, [...pattern(1), "-frames:v", "1", ...H264, "one.mp4"]);
    const footage = await openFootage(join(folder, "one.mp4"));
    const frames = await readAll(footage);
    expect(frames.map(({ frame, timeSeconds }) => [frame, timeSeconds])).toEqual([[0, 0]]);
    expect(await footage.still(frames[0]!)).toMatchObject({ width: 160, height: 90 });
    expect(footage.warnings).toEqual([]);
  });

  it.each(["with spaces.mp4", "-y.mp4", "new\nline.mp4", "50%d %s.mp4", "http:film.mp4", "pipe:0.mp4"])(
    "takes the name %j for a name and nothing else",
    async (name) => {
      await writeFile(join(folder, name), await readFile(join(folder, "film.mp4")));
      const footage = await openFootage(join(folder, name));
      expect(footage.name).toBe(name.slice(0, -4));
      for await (const frame of footage.frames()) {
        expect((await footage.still(frame)).data).toHaveLength(3 * 160 * 90);
        break;
      }
    },
  );

  it("shows the default stream of several", async () => {
    const maps = ["-map", "0", "-map", "1", "-disposition:v:0", "0", "-disposition:v:1", "default"];
    await makeVideo(folder, [...pattern(1, "320x180"), ...pattern(1), ...maps, ...H264, "two.mkv"]);
    expect(await openFootage(join(folder, "two.mkv"))).toMatchObject({ width: 160, height: 90 });
  });

  it("names the picture that would take a gigabyte, and takes the others", async () => {
    await mkdir(join(folder, "album"));
    await makeVideo(folder, [...pattern(0.2), "album/%d.png"]);
    await writeFile(join(folder, "album/10.png"), bombPng());
    const footage = await openFootage(join(folder, "album"));
    const frames = await readAll(footage);
    expect(frames.map(({ frame }) => frame)).toEqual([0, 1]);
    expect(footage.warnings).toEqual([
      expect.stringMatching(/album\/10\.png: the picture has more than 67108864 pixels; left out$/),
    ]);
  });

  it("takes photographs as cameras make them, reduced to what stills need", async () => {
    await mkdir(join(folder, "camera"));
    const photo = { width: 6000, height: 4000, channels: 3, background: "#4080c0" } as const;
    await sharp({ create: photo }).jpeg().toFile(join(folder, "camera/DSC_0001.JPG"));
    const footage = await openFootage(join(folder, "camera"));
    const [frame] = await readAll(footage);
    expect(frame!.image).toMatchObject({ width: 320, height: 213 });
    expect(await footage.still(frame!)).toMatchObject({ width: 4096, height: 2731 });
  });
});

/** 16000 × 16000 black pixels of one bit in 31 kB. */
function bombPng(): Buffer {
  const side = 16_000;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc(side * (side / 8 + 1)));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([frame, body, check]);
}
