import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FileError } from "../errors.ts";
import { tensor, type IntTensor, type Tensor } from "../tensor/tensor.ts";
import { readFloats, readIntegers, readSafetensors } from "./safetensors.ts";
import { toSafetensors, writeSafetensors } from "./safetensors-writer.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "animate-writer-"))));
afterAll(async () => await rm(folder, { recursive: true }));

const name = fc.stringMatching(/^[a-z_.]{1,20}$/).filter((text) => text !== "__metadata__");
const floats = fc
  .array(fc.float({ noNaN: true }), { maxLength: 12 })
  .map((values): Tensor => tensor([values.length, 1], Float32Array.from(values)));
const integers = fc
  .array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 12 })
  .map((values): IntTensor => tensor([values.length], BigInt64Array.from(values)));

it("writes what the reader reads, every tensor aligned", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(name, fc.oneof(floats, integers)), { selector: ([key]) => key, maxLength: 6 }),
      async (entries) => {
        const path = join(folder, "tensors.safetensors");
        await writeSafetensors(path, new Map(entries));
        const file = await readSafetensors(path);
        expect(file.tensors.size).toBe(entries.length);
        for (const [key, expected] of entries) {
          const isFloat = expected.data instanceof Float32Array;
          expect(await (isFloat ? readFloats : readIntegers)(file, key)).toEqual(expected);
          expect(file.tensors.get(key)!.offset % expected.data.BYTES_PER_ELEMENT).toBe(0);
        }
      },
    ),
    { numRuns: 50 },
  );
});

it("gives the bytes that the format's README describes", () => {
  const bytes = Buffer.from(toSafetensors(new Map([["a", tensor([1, 2], Float32Array.of(1, -2))]])));
  const header = '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  expect(bytes.readBigUInt64LE()).toBe(56n);
  expect(bytes.toString("utf8", 8, 64)).toBe(header.padEnd(56));
  expect(bytes.subarray(64)).toEqual(Buffer.from("0000803f000000c0", "hex"));
});

it("gives the same bytes in whichever order tensors come", () => {
  const a = tensor([1], Float32Array.of(1));
  const b = tensor([1], BigInt64Array.of(2n));
  const bytes = toSafetensors(
    new Map<string, Tensor | IntTensor>([
      ["a", a],
      ["b", b],
    ]),
  );
  const other = toSafetensors(
    new Map<string, Tensor | IntTensor>([
      ["b", b],
      ["a", a],
    ]),
  );
  expect(bytes).toEqual(other);
});

it("says why a file cannot be written", async () => {
  const path = join(folder, "kept.safetensors");
  await writeSafetensors(path, new Map([["a", tensor([1], Float32Array.of(1))]]));
  const failure: unknown = await writeSafetensors(join(path, "x.safetensors"), new Map()).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(FileError);
  expect(String(failure)).toContain("a part of the path is a file");
});
