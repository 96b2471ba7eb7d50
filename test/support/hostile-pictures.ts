/** Pictures that claim, hide or are something else: small files that would cost much, and files of other kinds under a picture's name. */

import { execFileSync } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "../../src/tensor/sharp.ts";

export interface HostilePicture {
  /** Ends the sentence "… is refused". */
  readonly title: string;
  /** Writes it into an empty folder, under the name `picture.png`. */
  readonly write: (folder: string) => Promise<unknown>;
  /** What the error says. */
  readonly says: RegExp;
}

const TOO_LARGE = /^the picture has more than \d+ pixels$/;
const DAMAGED = /^the picture is damaged: /;
const OTHER = /^expected a picture \(.*\), found /;
const NO_FILE = /^expected a file, found a device or pipe$/;

export const PICTURE_NAME = "picture.png";

function file(title: string, bytes: Buffer | string | (() => Promise<Buffer>), says: RegExp): HostilePicture {
  const write = async (folder: string) =>
    await writeFile(join(folder, PICTURE_NAME), typeof bytes === "function" ? await bytes() : bytes);
  return { title, write, says };
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG of one gray, 1 bit per pixel, with `rows` of its rows in it. */
export function grayPng(
  width: number,
  height: number,
  { rows = height, chunks = [] as Buffer[] } = {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc(rows * (1 + Math.ceil(width / 8))), { level: 9 });
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    ...chunks,
    chunk("IDAT", pixels),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A chunk of text that says nothing and unpacks to a thousand times its size. */
export function textBomb(bytes = 64_000_000): Buffer {
  return chunk("zTXt", Buffer.concat([Buffer.from("animate\0\0"), deflateSync(Buffer.alloc(bytes))]));
}

async function colors(width = 64, height = 64) {
  return sharp({ create: { width, height, channels: 3, background: "#08f" } });
}

/** A sound JPEG with `megabytes` of notes about the camera ahead of the picture. */
export async function talkativeJpeg(megabytes: number): Promise<Buffer> {
  const sound = await (await colors()).jpeg().toBuffer();
  const note = Buffer.alloc(65_535 + 2, "x");
  note.writeUInt16BE(0xffe1, 0);
  note.writeUInt16BE(65_535, 2);
  note.write("Exif\0\0MM\0*", 4, "latin1");
  const notes = Array.from({ length: Math.round((megabytes * 1e6) / note.length) }, () => note);
  return Buffer.concat([sound.subarray(0, 2), ...notes, sound.subarray(2)]);
}

/** A JPEG that says it is 65,500 pixels wide and high. */
async function vastJpeg(): Promise<Buffer> {
  const bytes = await (await colors()).jpeg().toBuffer();
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  bytes.writeUInt16BE(65_500, frame + 5);
  bytes.writeUInt16BE(65_500, frame + 7);
  return bytes;
}

/** A WebP of a few bytes, whose header says 16,384 × 16,384. */
function vastWebp(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write("RIFF\x38\0\0\0WEBPVP8L\x2c\0\0\0\x2f", "latin1");
  bytes.writeUInt32LE(0x3fff | (0x3fff << 14), 21);
  return bytes;
}

/** Formats that libraries of pictures read, with parsers of their own. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["an SVG", `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`],
  [
    "an SVG that reads files",
    `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg><text>&e;</text></svg>`,
  ],
  ["a GIF", "GIF89a\x40\0\x40\0\x80\0\0"],
  ["a TIFF", "II*\0\b\0\0\0"],
  ["a TIFF of the other byte order", "MM\0*\0\0\0\b"],
  ["a BigTIFF", "II+\0\b\0\0\0"],
  ["a PDF", "%PDF-1.7\n"],
  ["PostScript", "%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n"],
  ["a HEIF", "\0\0\0\x18ftypheic\0\0\0\0"],
  ["an AVIF", "\0\0\0\x18ftypavif\0\0\0\0"],
  ["a JPEG XL", "\xff\x0a\x00\x00"],
  ["a JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n"],
  ["a BMP", "BM\x46\0\0\0\0\0\0\0"],
  ["an icon", "\0\0\x01\0\x01\0"],
  ["an OpenEXR", "\x76\x2f\x31\x01\x02\0\0\0"],
  ["a Radiance picture", "#?RADIANCE\n"],
  ["a portable pixmap", "P6\n65500 65500\n255\n"],
  ["a picture of ImageMagick's own", "id=ImageMagick\n"],
  ["a playlist", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"],
  ["a program", "\x7fELF\x02\x01\x01\0"],
  ["a pickle", "PK\x03\x04archive/data.pkl"],
  ["an empty file", ""],
];

export const HOSTILE_PICTURES: readonly HostilePicture[] = [
  file("a PNG of 256 megapixels in 31 kB", async () => grayPng(16_000, 16_000), TOO_LARGE),
  file("a PNG of 2³¹ columns", grayPng(2 ** 31 - 1, 1, { rows: 0 }), /./),
  file("a PNG of one column and 10⁹ rows", grayPng(1, 1e9, { rows: 9 }), DAMAGED),
  file("a PNG without columns", grayPng(0, 64), DAMAGED),
  file("a PNG with fewer rows than its header says", grayPng(4000, 4000, { rows: 9 }), DAMAGED),
  file("a PNG that is cut off", grayPng(64, 64).subarray(0, 50), DAMAGED),
  file("a JPEG of 65,500 × 65,500 pixels", vastJpeg, TOO_LARGE),
  file("a WebP of 16,384 × 16,384 pixels", vastWebp(), /./),
  ...FOREIGN.map(([title, text]) => file(title, Buffer.from(text, "latin1"), OTHER)),
  {
    title: "a device that never ends",
    write: (folder) => symlink("/dev/zero", join(folder, PICTURE_NAME)),
    says: NO_FILE,
  },
  {
    title: "a link to itself",
    write: (folder) => symlink(PICTURE_NAME, join(folder, PICTURE_NAME)),
    says: /^the file cannot be read$/,
  },
];

/** Makes a pipe that nobody writes into; false where the system has no program for it. */
export function makePipe(path: string): boolean {
  try {
    execFileSync("mkfifo", [path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
