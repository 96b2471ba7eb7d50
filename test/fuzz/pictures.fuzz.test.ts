/** Pictures that people give: start pictures, masks, backgrounds, logos; and the frames of a run. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import * as fc from "fast-check";
import {
  measurePicture,
  readPicture,
  readPictureBytes,
  readPngBytes,
  readShrunkPicture,
} from "../../src/tensor/picture-file.ts";
import { encodePng } from "../../src/tensor/picture-file.ts";
import { readPngText } from "../../src/tensor/png-text.ts";
import sharp from "../../src/tensor/sharp.ts";
import { editedBytes } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { fuzzFolder, names } from "./fuzz-file.ts";

const file = join(fuzzFolder(), "picture");
/** What a decoder may take for 16.7 megapixels. */
const MEMORY_BYTES = 768 * 1024 * 1024;

const pixels = Uint8Array.from({ length: 3 * 16 * 12 }, (_, i) => (i * 7919) % 256);
const drawn = () => sharp(pixels, { raw: { width: 16, height: 12, channels: 3 } });

const pngs = [
  await encodePng({ width: 16, height: 12, data: pixels }, [
    { keyword: "parameters", text: "a red cape\nSteps: 20" },
    { keyword: "n", text: "größer 𝓏" },
  ]),
  await drawn().ensureAlpha(0.5).png({ palette: true }).toBuffer(),
  await drawn().toColorspace("rgb16").png().toBuffer(),
  await drawn().png({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
];
const photographs = [
  await drawn().jpeg().toBuffer(),
  await drawn()
    .jpeg({ progressive: true, chromaSubsampling: "4:4:4" })
    .withMetadata({ orientation: 6 })
    .toBuffer(),
  await drawn().toColorspace("cmyk").jpeg().toBuffer(),
];
const webps = [
  await drawn().webp({ lossless: true }).toBuffer(),
  await drawn().ensureAlpha(0.5).webp().toBuffer(),
];

function chunk(type: string, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(body, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
  return bytes;
}

const side = fc.oneof(fc.nat(20), fc.constantFrom(1, 4096, 4097, 65_535, 0x7fff_ffff, 0xffff_ffff));
const header = fc
  .record({
    width: side,
    height: side,
    depth: fc.constantFrom(1, 2, 4, 8, 16, 3, 255),
    color: fc.constantFrom(0, 2, 3, 4, 6, 1),
    interlace: fc.nat(2),
  })
  .map(({ width, height, depth, color, interlace }) => {
    const body = Buffer.alloc(13);
    body.writeUInt32BE(width, 0);
    body.writeUInt32BE(height, 4);
    body.set([depth, color, 0, 0, interlace], 8);
    return chunk("IHDR", body);
  });
const text = fc.constantFrom(
  "a\0b",
  "parameters\0x",
  "k\0\0",
  "\0",
  "k".repeat(90),
  "k\0\x01\0\0\0x",
  "k\0\0\0de\0t\0é",
  "\u001b[2J\0x",
);
const anyChunk = fc.oneof(
  fc
    .tuple(fc.constantFrom("tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "gAMA"), text)
    .map(([type, body]) => chunk(type, Buffer.from(body, "latin1"))),
  fc
    .tuple(fc.nat(4_500_000), fc.constantFrom("k\0\0", "k\0\x01\0\0\0"))
    .map(([length, begin]) =>
      chunk(
        begin === "k\0\0" ? "zTXt" : "iTXt",
        Buffer.concat([Buffer.from(begin, "latin1"), deflateSync(Buffer.alloc(length))]),
      ),
    ),
  fc.uint8Array({ maxLength: 900 }).map((bytes) => chunk("IDAT", deflateSync(bytes))),
  fc.nat(3000).map((length) => chunk("IDAT", deflateSync(Buffer.alloc(length)))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => chunk("PLTE", bytes)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => chunk("IDAT", bytes)),
  fc.constant(chunk("acTL", Buffer.from([0, 0, 0, 9, 0, 0, 0, 0]))),
);
/** Chunks with the right checksums, in any order and of any content. */
const built = fc
  .tuple(header, fc.array(anyChunk, { maxLength: 5 }), fc.boolean())
  .map(([first, chunks, isWhole]) =>
    Buffer.concat([
      Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
      first,
      ...chunks,
      ...(isWhole ? [chunk("IEND", Buffer.alloc(0))] : []),
    ]),
  );

/** Half of them with the right checksums in spite of all, which decoders look at first. */
const mutatedPngs = fc
  .tuple(editedBytes(pngs), fc.boolean())
  .map(([bytes, isMended]) => (isMended ? mendChecksums(bytes) : bytes));

function mendChecksums(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png);
  for (let start = 8; start + 12 <= bytes.length;) {
    const end = start + 8 + bytes.readUInt32BE(start);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(start + 4, end)), end);
    start = end + 4;
  }
  return bytes;
}

fuzz({
  name: "png",
  title: "mutated PNG files, and files of random chunks",
  cases: 1000,
  inputs: fc.oneof({ weight: 2, arbitrary: mutatedPngs }, { weight: 1, arbitrary: built }),
  memoryBytes: MEMORY_BYTES,
  read: readAsPeopleDo,
  isLocated: names(file),
});

fuzz({
  name: "png-frames",
  title: "frames of a run with random damage",
  cases: 1500,
  inputs: mutatedPngs,
  memoryBytes: MEMORY_BYTES,
  read: async (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    await readPngBytes(file);
  },
  isLocated: names(file),
});

fuzz({
  name: "png-text",
  title: "text chunks of mutated PNG files",
  cases: 5000,
  inputs: fc.oneof({ weight: 2, arbitrary: mutatedPngs }, { weight: 1, arbitrary: built }),
  read: (bytes) => readPngText(bytes),
  // Its callers know the file, and read none that they did not write.
  isLocated: () => true,
});

fuzz({
  name: "jpeg",
  title: "mutated JPEG files",
  cases: 800,
  inputs: editedBytes(photographs),
  memoryBytes: MEMORY_BYTES,
  read: readAsPeopleDo,
  isLocated: names(file),
});

fuzz({
  name: "webp",
  title: "mutated WebP files",
  cases: 1000,
  inputs: editedBytes(webps),
  memoryBytes: MEMORY_BYTES,
  read: readAsPeopleDo,
  isLocated: names(file),
});

async function readAsPeopleDo(bytes: Uint8Array): Promise<void> {
  writeFileSync(file, bytes);
  await readPicture(file, { width: 24, height: 8 });
  await readShrunkPicture(file, 8);
  const { width, height } = await measurePicture(await readPictureBytes(file), file);
  if (!(width >= 1 && height >= 1)) throw new Error(`measured ${width}x${height}`);
}
