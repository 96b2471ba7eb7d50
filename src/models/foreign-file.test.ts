import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recognizeForeignFile } from "./foreign-file.ts";

const recognized = (start: string) => recognizeForeignFile(Buffer.from(start, "latin1"))?.what;

describe("the first bytes of a file", () => {
  it.each([
    ["PK\u0003\u0004\0\0\b\b", "a Python pickle in a zip archive"],
    ["\u0080\u0002}q\0(X\u0004", "a Python pickle"],
    ["version ", "a note of Git LFS"],
    ["<!DOCTYP", "a web page"],
    ["GGUF\u0003\0\0\0", "a GGUF file"],
    ["\0\0\0\u0020ftyp", "a video or picture (MP4"],
    ["\u001aE\u00df\u00a3\u0001\0\0\0", "a video (WebM"],
    ["RIFF\u0024\u0010\0\0", "a picture, video or sound"],
    ["\u0089PNG\r\n\u001a\n", "a picture (PNG)"],
    ["\u00ff\u00d8\u00ff\u00e0\0\u0010JF", "a picture (JPEG)"],
    ["GIF89a\u0001\0", "a picture (GIF)"],
    ["\u001f\u008b\b\0\u0001\u0002\u0003\u0004", "a packed archive"],
    ["7z\u00bc\u00af'\u001c\0\u0004", "a packed archive"],
    ["\u0089HDF\r\n\u001a\n", "an HDF5 file"],
    ["GGUF", "a GGUF file"],
  ])("%j tell what it is", (start, what) => {
    expect(recognized(start)).toContain(what);
  });

  it("tell nothing that is not sure", () => {
    for (const start of ["", "a", "no model", "\0\0\0\0\0\0\0\0"]) expect(recognized(start)).toBeUndefined();
  });

  it("of a safetensors file are never taken for something else, whatever the length of its header", () => {
    const lengths = fc.oneof(
      fc.integer({ min: 2, max: 25_000_000 }),
      fc.constantFrom(0x213c, 0x0280, 0x0088b1f),
    );
    fc.assert(
      fc.property(lengths, (length) => {
        const start = Buffer.alloc(8);
        start.writeBigUInt64LE(BigInt(length));
        expect(recognizeForeignFile(start)).toBeUndefined();
      }),
    );
  });
});
