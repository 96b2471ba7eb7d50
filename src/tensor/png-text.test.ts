/** Text in PNG files: what goes in comes out, other programs can read it, and damaged files are refused. */
import { crc32, deflateSync } from "node:zlib";
import * as fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { FileError } from "../errors.ts";
import { insertPngText, readPngText, replacePngText } from "./png-text.ts";

const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: "#123456" } })
  .png()
  .toBuffer();

/** A chunk built here, so that the reader is not only tested against our writer. */
function chunk(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const typed = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}

const withChunk = (inserted: Buffer) => Buffer.concat([png.subarray(0, 33), inserted, png.subarray(33)]);

describe("text in a PNG", () => {
  it("comes back whatever it is, except NUL, and the picture stays the same", async () => {
    const keyword = fc.constantFrom("parameters", "animate", "x", "a b c");
    const text = fc.string({ unit: "grapheme", maxLength: 200 }).map((value) => value.replaceAll("\0", ""));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ keyword, text }), { maxLength: 4 }), async (texts) => {
        const written = insertPngText(png, texts);
        expect(readPngText(written)).toEqual(texts);
        expect(await sharp(written).raw().toBuffer()).toEqual(await sharp(png).raw().toBuffer());
      }),
      { numRuns: 100 },
    );
  });

  it("can be replaced: the file is the one that the new texts would have given at once", () => {
    const texts = fc.array(
      fc.record({ keyword: fc.constantFrom("parameters", "animate"), text: fc.string({ unit: "grapheme" }) }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        expect(replacePngText(insertPngText(png, before), after)).toEqual(insertPngText(png, after));
      }),
    );
  });

  it("is read by another parser, libpng", async () => {
    const texts = [
      { keyword: "parameters", text: "a hero\nSteps: 8, Seed: 7" },
      { keyword: "animate", text: '{"prompt":"英雄"}' },
    ];
    const { comments } = await sharp(insertPngText(png, texts)).metadata();
    expect(comments).toEqual(texts);
  });

  it("is tEXt in Latin-1 where that suffices, else iTXt", () => {
    const latin = Buffer.concat([Buffer.from("k\0"), Buffer.from("größe", "latin1")]);
    expect(insertPngText(png, [{ keyword: "k", text: "größe" }])).toEqual(withChunk(chunk("tEXt", latin)));
    const unicode = Buffer.from("k\0\0\0\0\0英雄", "utf8");
    expect(insertPngText(png, [{ keyword: "k", text: "英雄" }])).toEqual(withChunk(chunk("iTXt", unicode)));
  });

  it("is read from compressed chunks of other programs", () => {
    expect(
      readPngText(withChunk(chunk("zTXt", Buffer.concat([Buffer.from("key\0\0"), deflateSync("grün")])))),
    ).toEqual([{ keyword: "key", text: Buffer.from("grün").toString("latin1") }]);
    const international = Buffer.concat([Buffer.from("key\0\x01\0de\0Schlüssel\0"), deflateSync("grün")]);
    expect(readPngText(withChunk(chunk("iTXt", international)))).toEqual([{ keyword: "key", text: "grün" }]);
  });

  it("drops NUL, which would hide the rest from other readers", () => {
    expect(readPngText(insertPngText(png, [{ keyword: "k", text: "a\0b" }]))).toEqual([
      { keyword: "k", text: "ab" },
    ]);
  });

  it.each(["", " lead", "trail ", "größe", "x".repeat(80), "a\0b"])("refuses the keyword %j", (keyword) => {
    expect(() => insertPngText(png, [{ keyword, text: "" }])).toThrow(RangeError);
  });

  it("refuses other bytes, cut files, and a text that inflates without end", () => {
    expect(() => readPngText(Buffer.from("GIF89a"))).toThrow(FileError);
    expect(() => insertPngText(Buffer.alloc(100), [])).toThrow(FileError);
    for (let length = 33; length < png.length - 12; length++) {
      expect(() => readPngText(png.subarray(0, length))).toThrow("middle of a chunk");
    }
    const bomb = Buffer.concat([Buffer.from("key\0\0"), deflateSync(Buffer.alloc(20_000_000))]);
    expect(() => readPngText(withChunk(chunk("zTXt", bomb)))).toThrow(/damaged or too large/);
    expect(() => readPngText(withChunk(chunk("zTXt", Buffer.from("key\0\0nonsense"))))).toThrow(FileError);
  });

  it("survives any damage: a text, or a FileError", () => {
    const whole = insertPngText(png, [{ keyword: "animate", text: "{…}" }]);
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Buffer.from(whole);
        for (const [position, value] of changes) damaged[position] = value;
        try {
          expect(Array.isArray(readPngText(damaged))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
