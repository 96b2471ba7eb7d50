import { appendFile, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { rememberHash } from "./hash-memory.ts";

const HASH = "a".repeat(64);
const OTHER = "b".repeat(64);

let folder: string;
let file: string;
let memory: string;
const remember = async (hash: string) => {
  const compute = vi.fn(() => Promise.resolve(hash));
  return {
    hash: await rememberHash(file, compute, { smallest: 4, memory }),
    read: compute.mock.calls.length > 0,
  };
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-hashes-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  file = join(folder, "model.safetensors");
  memory = join(folder, "library", "hashes.json");
  await writeFile(file, "weights");
  vi.useFakeTimers({ now: Date.now() + 10_000, toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
});

test("a file that did not change is read once", async () => {
  expect(await remember(HASH)).toEqual({ hash: HASH, read: true });
  expect(await remember(OTHER)).toEqual({ hash: HASH, read: false });
});

test("a file that changed is read again, and then not", async () => {
  await remember(HASH);
  await appendFile(file, "!");
  expect(await remember(OTHER)).toEqual({ hash: OTHER, read: true });
  expect(await remember(HASH)).toEqual({ hash: OTHER, read: false });
});

test("a file of the same size and modification time is read again when it was written to", async () => {
  const past = new Date(2020, 1, 1);
  await utimes(file, past, past);
  await remember(HASH);
  await writeFile(file, "WEIGHTS");
  await utimes(file, past, past);
  expect(await remember(OTHER)).toEqual({ hash: OTHER, read: true });
});

test("a file that was written a moment ago is not remembered, as it may change again in the same tick", async () => {
  vi.setSystemTime(Date.now() - 9_500);
  await remember(HASH);
  expect(await remember(OTHER)).toEqual({ hash: OTHER, read: true });
});

test("a file that changes while it is read is not remembered", async () => {
  const changing = () => appendFile(file, "!").then(() => HASH);
  expect(await rememberHash(file, changing, { smallest: 4, memory })).toBe(HASH);
  expect((await remember(OTHER)).read).toBe(true);
});

test("small files are read each time", async () => {
  await writeFile(file, "abc");
  await remember(HASH);
  expect((await remember(OTHER)).read).toBe(true);
});

test.for(["not JSON", '{"x": 1}', `[${"1,".repeat(10)}1]`])(
  "a damaged memory counts as none: %s",
  async (text) => {
    await remember(HASH);
    await writeFile(memory, text);
    expect(await remember(OTHER)).toEqual({ hash: OTHER, read: true });
    expect(await readFile(memory, "utf8")).toContain(OTHER);
  },
);

test("a memory that cannot be written does not stop a render", async () => {
  memory = join(file, "hashes.json");
  expect((await remember(HASH)).hash).toBe(HASH);
});
