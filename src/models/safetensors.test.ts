import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, asyncProperty, integer, nat } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { encodeSafetensors } from "../../test/support/safetensors-file.ts";
import { ModelError } from "../errors.ts";
import { readFloats, readSafetensors } from "./safetensors.ts";

const SOUND = fileURLToPath(
  new URL("../../test/fixtures/tiny-sd15/text_encoder/model.safetensors", import.meta.url),
);

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-safetensors-"));
  file = join(folder, "weights.safetensors");
});
afterAll(async () => await rm(folder, { recursive: true }));

const entry = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const DATA = new Uint8Array(16);

/** Files that must not be read, and the words that say why. */
const broken: [title: string, bytes: Buffer, message: string][] = [
  ["nothing in it", Buffer.alloc(0), "found only 0 bytes"],
  ["fewer bytes than the smallest header", Buffer.alloc(9), "found only 9 bytes"],
  [
    "a header longer than the file",
    encodeSafetensors({ a: entry(0, 16) }, DATA).subarray(0, 30),
    "bytes, expected 2 to 22",
  ],
  ["a header of 2^64 − 1 bytes", Buffer.alloc(64, 0xff), "the header claims 18446744073709551615 bytes"],
  [
    "a header above the limit",
    (() => {
      const huge = Buffer.alloc(25_000_100);
      huge.writeBigUInt64LE(25_000_001n);
      return huge;
    })(),
    "the header claims 25000001 bytes, expected 2 to 25000000",
  ],
  ["a zip archive", Buffer.from("PK\u0003\u0004 a pickle in a zip archive"), "no safetensors file"],
  [
    "data cut off",
    encodeSafetensors({ a: entry(0, 16) }, DATA.subarray(1)),
    "tensor `a` ends at byte 16 of the data, but the file holds 15 bytes",
  ],
  ["data after the last tensor", encodeSafetensors({ a: entry(0, 12) }, DATA), "the tensors end at byte"],
  [
    "no tensors but data",
    encodeSafetensors("{}", DATA),
    "the tensors end at byte 10, but the file is 26 bytes long",
  ],
  [
    "overlapping tensors",
    encodeSafetensors({ a: entry(0, 8), b: entry(4, 16) }, DATA),
    "tensor `b` begins at byte 4 of the data, expected 8",
  ],
  [
    "two tensors on the same bytes",
    encodeSafetensors({ a: entry(0, 16), b: entry(0, 16) }, DATA),
    "tensor `b` begins at byte 0 of the data, expected 16",
  ],
  [
    "a gap between tensors",
    encodeSafetensors({ a: entry(0, 4), b: entry(8, 16) }, DATA),
    "tensor `b` begins at byte 8 of the data, expected 4",
  ],
  [
    "a shape that does not fit its bytes",
    encodeSafetensors({ a: entry(0, 16, [5]) }, DATA),
    "tensor `a`: F32 [5] takes 20 bytes, found 16",
  ],
  [
    "a shape whose product overflows to its bytes",
    encodeSafetensors({ a: entry(0, 16, [2 ** 31, 2 ** 31, 4]) }, DATA),
    "tensor `a`: F32 [2147483648, 2147483648, 4] takes",
  ],
  [
    "a number format that does not exist",
    encodeSafetensors({ a: entry(0, 16, [16], "F7") }, DATA),
    "tensor `a` has the number format `F7`",
  ],
  [
    "a number format named like an object's own method",
    encodeSafetensors({ a: entry(0, 16, [16], "toString") }, DATA),
    "number format `toString`",
  ],
  [
    "a thousand dimensions",
    encodeSafetensors({ a: entry(0, 16, [4, ...Array<number>(999).fill(1)]) }, DATA),
    "tensor `a` has 1000 dimensions, expected at most 8",
  ],
  [
    "begin after end",
    encodeSafetensors({ a: entry(16, 0, [4]) }, DATA),
    "data_offsets [begin, end] with begin ≤ end",
  ],
  [
    "three offsets",
    encodeSafetensors({ a: { dtype: "F32", shape: [4], data_offsets: [0, 16, 16] } }, DATA),
    "needs dtype, shape and data_offsets",
  ],
  [
    "negative offsets",
    encodeSafetensors({ a: entry(-16, 0, [4]) }, DATA),
    "expected a whole number from 0 to 2^53",
  ],
  ["a negative size", encodeSafetensors({ a: entry(0, 16, [-4]) }, DATA), "expected a whole number"],
  [
    "fractions",
    encodeSafetensors('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16.5]}}', DATA),
    'expected ] and found "."',
  ],
  [
    "offsets beyond exact numbers",
    encodeSafetensors('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,9007199254740993]}}', DATA),
    "expected a whole number from 0 to 2^53",
  ],
  [
    "a number of a megabyte",
    encodeSafetensors(`{"a":{"dtype":"F32","shape":[${"9".repeat(1_000_000)}],"data_offsets":[0,16]}}`, DATA),
    "expected a whole number",
  ],
  [
    "a missing dtype",
    encodeSafetensors({ a: { shape: [4], data_offsets: [0, 16] } }, DATA),
    "tensor `a` needs dtype",
  ],
  [
    "an unknown field",
    encodeSafetensors({ a: { ...entry(0, 16), location: "/etc/passwd" } }, DATA),
    "unexpected field `location` of tensor `a`",
  ],
  [
    "the same name twice",
    encodeSafetensors(`{"a":${JSON.stringify(entry(0, 8))},"a":${JSON.stringify(entry(8, 16))}}`, DATA),
    "the name `a` appears twice",
  ],
  [
    "the same field twice",
    encodeSafetensors('{"a":{"dtype":"F32","shape":[4],"shape":[4],"data_offsets":[0,16]}}', DATA),
    "unexpected field `shape`",
  ],
  [
    "a hundred thousand nested lists",
    encodeSafetensors(`{"a":${"[".repeat(100_000)}`, DATA),
    'expected { and found "["',
  ],
  [
    "a hundred thousand nested objects",
    encodeSafetensors('{"a":'.repeat(100_000), DATA),
    "unexpected field `a` of tensor `a`",
  ],
  [
    "more tensors than any model",
    encodeSafetensors(
      `{${Array.from({ length: 100_001 }, (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(",")}}`,
    ),
    "more than 100000 tensors",
  ],
  [
    "a name of a megabyte",
    encodeSafetensors({ ["a".repeat(1_000_000)]: entry(0, 16) }, DATA),
    "a string is too long",
  ],
  [
    "an escape sequence for terminals in a name",
    encodeSafetensors({ "\u001b[2Ja": entry(0, 16) }, DATA),
    "not printable ASCII",
  ],
  [
    "a name that is not closed",
    encodeSafetensors('{"a', DATA.subarray(0, 0)),
    "the text ends inside a string",
  ],
  ["an escape that JSON does not know", encodeSafetensors('{"\\q":1}'), "invalid character or escape"],
  ["text after the header", encodeSafetensors("{} x"), "text after the closing brace"],
  ["a list as header", encodeSafetensors("[]"), 'expected { and found "["'],
  [
    "a header that is not UTF-8",
    Buffer.concat([encodeSafetensors("{}  ").subarray(0, 8), Buffer.of(0x7b, 0xff, 0xfe, 0x7d)]),
    "the header is not UTF-8 text",
  ],
  ["metadata that is no text", encodeSafetensors({ __metadata__: { depth: 1 } }), 'expected " and found "1"'],
];

describe("a broken safetensors file", () => {
  it.each(broken)("with %s is refused", async (_, bytes, message) => {
    await writeFile(file, bytes);
    const error = await modelErrorOf(readSafetensors(file));
    expect(error).toContain(message);
    expect(error).toContain(file);
    expect(error.length).toBeLessThan(800);
  });

  it("that is missing, or a folder, is refused", async () => {
    expect(await modelErrorOf(readSafetensors(join(folder, "none.safetensors")))).toContain(
      "none.safetensors: the file cannot be opened",
    );
    expect(await modelErrorOf(readSafetensors(folder))).toContain("expected a file");
  });

  it("gives a ModelError or a sound table, whatever bytes are changed", async () => {
    const sound = await readFile(SOUND);
    await assert(
      asyncProperty(
        nat(4100),
        integer({ min: 0, max: 255 }),
        nat(sound.length),
        async (position, byte, length) => {
          const mutated = Buffer.from(sound.subarray(0, length % 7 === 0 ? length : sound.length));
          if (position < mutated.length) mutated[position] = byte;
          await writeFile(file, mutated);
          const outcome = await readSafetensors(file).catch((error: unknown) => error);
          if (outcome instanceof ModelError) return;
          expect(outcome).toHaveProperty("tensors");
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a sound safetensors file", () => {
  it("gives the place of each tensor, links resolved", async () => {
    await writeFile(
      file,
      encodeSafetensors(
        { __metadata__: { format: "pt" }, b: entry(4, 16, [3, 1]), a: entry(0, 4, []) },
        DATA,
      ),
    );
    const link = join(folder, "link.safetensors");
    await symlink(file, link);
    const { path, tensors } = await readSafetensors(link);
    expect(path).toBe(file);
    const start = (await readFile(file)).length - 16;
    expect([...tensors.values()]).toEqual([
      { name: "b", type: "F32", dims: [3, 1], offset: start + 4, byteLength: 12 },
      { name: "a", type: "F32", dims: [], offset: start, byteLength: 4 },
    ]);
  });

  it("may use any name, even one that objects reserve", async () => {
    await writeFile(
      file,
      encodeSafetensors(
        `{"__proto__":${JSON.stringify(entry(0, 8))},"constructor":${JSON.stringify(entry(8, 16))}}`,
        DATA,
      ),
    );
    const { tensors } = await readSafetensors(file);
    expect([...tensors.keys()]).toEqual(["__proto__", "constructor"]);
    expect(Object.prototype).not.toHaveProperty("dtype");
  });

  it("reads F32, F16 and BF16 as floats", async () => {
    const data = Buffer.alloc(16);
    data.writeFloatLE(-1.5, 0);
    data.writeFloatLE(3e38, 4);
    data.writeUInt16LE(0x3c01, 8);
    data.writeUInt16LE(0x8001, 10);
    data.writeUInt16LE(0x3fc0, 12);
    data.writeUInt16LE(0xc2f7, 14);
    await writeFile(
      file,
      encodeSafetensors(
        { a: entry(0, 8), h: entry(8, 12, [2], "F16"), b: entry(12, 16, [1, 2], "BF16") },
        data,
      ),
    );
    const table = await readSafetensors(file);
    expect(await readFloats(table, "a")).toEqual({ dims: [2], data: Float32Array.of(-1.5, 3e38) });
    expect(await readFloats(table, "h")).toEqual({
      dims: [2],
      data: Float32Array.of(1 + 2 ** -10, -(2 ** -24)),
    });
    expect(await readFloats(table, "b")).toEqual({ dims: [1, 2], data: Float32Array.of(1.5, -123.5) });
  });

  it("refuses to read a tensor that is not there or no float", async () => {
    await writeFile(file, encodeSafetensors({ ids: entry(0, 16, [2], "I64") }, DATA));
    const table = await readSafetensors(file);
    expect(await modelErrorOf(readFloats(table, "none"))).toContain("there is no tensor `none`");
    expect(await modelErrorOf(readFloats(table, "ids"))).toContain(
      "tensor `ids` is I64, expected F32, F16 or BF16",
    );
  });
});
