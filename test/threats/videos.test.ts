/** Video files of users: ffmpeg reads pictures from the one file that is named, and nothing from elsewhere, whatever the file or its name says. */

import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInputPictures } from "../../src/control/input-pictures.ts";
import { AnimateError } from "../../src/errors.ts";
import { openFootage } from "../../src/footage/open-footage.ts";
import { openVideo } from "../../src/video/encoder.ts";
import { extractFrames } from "../../src/video/extract-frames.ts";
import { locateVideoTools } from "../../src/video/locate.ts";
import { probeVideo } from "../../src/video/probe.ts";
import { makeVideo } from "../support/make-video.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Counts who asks; nobody may. */
let hits = 0;
const server = createServer((_, response) => {
  hits++;
  response.end();
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  expect(hits).toBe(0);
});

const SIZE = { width: 64, height: 64 };

/** A folder with a video that nobody named, `secret/film.mp4`. */
async function folderWithSecret(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "secret"));
  await makeVideo(folder, ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=5:d=1", "secret/film.mp4"]);
  return folder;
}

/** Every way in which a video is read. */
const READERS: Readonly<Record<string, (path: string, folder: string) => Promise<unknown>>> = {
  "as an input video": (path, folder) =>
    extractFrames({ path, folder: join(folder, "cache/pictures"), ...SIZE, fps: 5, frames: 5 }),
  "for its stills": async (path) => {
    for await (const frame of (await openFootage(path)).frames()) return frame;
    return "no frames";
  },
};

const ATTACKS: readonly (readonly [title: string, text: (secret: string, at: string) => string])[] = [
  [
    "an HLS playlist from the network",
    (_, at) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${at}/a.ts\n#EXT-X-ENDLIST\n`,
  ],
  [
    "an HLS playlist of a file",
    (secret) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${secret}\n#EXT-X-ENDLIST\n`,
  ],
  [
    "an HLS playlist of /etc/passwd",
    () => "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
  ],
  [
    "an HLS playlist of joined protocols",
    (secret, at) => `#EXTM3U\n#EXTINF:1,\nconcat:${at}/head|file://${secret}\n#EXT-X-ENDLIST\n`,
  ],
  ["a list for concat", (secret) => `ffconcat version 1.0\nfile '${secret}'\n`],
  ["a list for concat from the network", (_, at) => `ffconcat version 1.0\nfile '${at}/a.mp4'\n`],
  [
    "a DASH manifest",
    (secret, at) =>
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${at}/</BaseURL><SegmentList><SegmentURL media="file://${secret}"/></SegmentList></Representation></AdaptationSet></Period></MPD>`,
  ],
  [
    "a description of a stream",
    (_, at) =>
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video ${new URL(at).port} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
  ],
  ["a playlist of Windows", (_, at) => `<asx version="3.0"><entry><ref href="${at}/a.wmv"/></entry></asx>`],
  [
    "a text, which a terminal would show",
    () => "\u001b[2J\u001b[31mroot:x:0:0:root:/root:/bin/bash\n".repeat(50),
  ],
  ["a script for a filter", () => "movie=/etc/passwd\n"],
  ["a list of numbered pictures", (secret) => `${secret}\n`],
];

const NAMES = ["film.mp4", "film.txt", "film.m3u8", "film.ffconcat", "film.ansi"];

describe.each(Object.entries(READERS))("a video that is read %s", (_, read) => {
  it.each(ATTACKS)("is refused when it is %s, under any name, and nobody is asked", async (_title, text) => {
    const folder = await folderWithSecret();
    for (const name of NAMES) {
      const path = join(folder, name);
      await writeFile(path, text(join(folder, "secret/film.mp4"), origin));
      const outcome = await read(path, folder).catch((error: unknown) => error);
      if (!(outcome instanceof AnimateError))
        throw new Error(`expected an error for ${name}`, { cause: outcome });
      expect(outcome.where).toContain(path);
      expect(outcome.message).not.toContain("root:");
    }
    expect(
      (await readdir(join(folder, "cache")).catch(() => [])).filter((name) => name !== "pictures"),
    ).toEqual([]);
    expect(await readdir(join(folder, "cache/pictures")).catch(() => [])).toEqual([]);
    expect(hits).toBe(0);
  });

  it.each([
    "http:film.mp4",
    "https:film.mp4",
    "concat:film.mp4|film.mp4",
    "pipe:0",
    "fd:0",
    "subfile,,start,0,end,9,,:film.mp4",
    "-i",
    "-y.mp4",
    "%03d.mp4",
    "film*.mp4",
    "new\nline.mp4",
    "$(touch pwned).mp4",
    "'quoted' \"twice\";.mp4",
  ])("has the name %j and no other meaning", async (name) => {
    const folder = await folderWithSecret();
    await cp(join(folder, "secret/film.mp4"), join(folder, name));
    const found = await read(join(folder, name), folder);
    expect(Array.isArray(found) ? found.length : found).toEqual(Array.isArray(found) ? 5 : expect.anything());
    expect(await readdir(folder)).not.toContain("pwned");
  });

  it("is refused when it claims more pixels than any video has", async () => {
    const folder = await folderWithSecret();
    await makeVideo(folder, [
      "-f",
      "lavfi",
      "-i",
      "testsrc2=s=64x64:r=5:d=1",
      "-c:v",
      "rawvideo",
      "-pix_fmt",
      "yuv420p",
      "vast.avi",
    ]);
    const bytes = await readFile(join(folder, "vast.avi"));
    const format = bytes.indexOf("strf") + 8;
    bytes.writeUInt32LE(16_000, format + 4);
    bytes.writeUInt32LE(16_000, format + 8);
    await writeFile(join(folder, "vast.avi"), bytes);
    await expect(read(join(folder, "vast.avi"), folder)).rejects.toBeInstanceOf(AnimateError);
  });
});

describe("an address where a video is expected", () => {
  it.each(["/evil.mp4", "/a/../b.mp4"])("is a path without a file: %s", async (path) => {
    const folder = await temporaryFolder();
    const request = {
      ...SIZE,
      size: SIZE,
      fps: 5,
      frames: 5,
      baseFolder: folder,
      cacheFolder: join(folder, "cache"),
    };
    for (const purpose of ["controlnet", "mask", "video"] as const) {
      const opened = openInputPictures({
        ...request,
        input: origin + path,
        setting: "a.yaml:3:1 input",
        purpose,
      });
      await expect(opened).rejects.toThrow("there is no such file or folder");
    }
    await expect(openFootage(origin + path)).rejects.toThrow("there is no such file or folder");
    expect(hits).toBe(0);
  });
});

describe("a video that is written", () => {
  it("carries a title as it is, whatever it would mean to ffmpeg, a shell or a terminal", async () => {
    const title = "a'; rm -rf / #\\:=%{localtime}\n[v]drawtext=textfile=/etc/passwd\u001b[2J $(id) `id`";
    const folder = await temporaryFolder();
    const path = join(folder, "out.mp4");
    const sink = await openVideo({
      path,
      format: "mp4",
      ...SIZE,
      fps: 5,
      crf: 20,
      preset: "ultrafast",
      threads: 1,
      metadata: { title, settings: { title } },
    });
    await sink.write({ ...SIZE, data: new Uint8Array(3 * 64 * 64) });
    await sink.finish();
    const { ffprobe } = await locateVideoTools();
    const { tags } = await probeVideo(ffprobe.path, path);
    // A title has neither lines nor controls.
    expect(tags.get("title")).toBe(title.replaceAll(/\p{Cc}/gu, " "));
    expect(JSON.parse(tags.get("comment") ?? "")).toMatchObject({ title });
    expect(await readdir(folder)).toEqual(["out.mp4"]);
  });
});
