import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { openResultFolder } from "./finished-pictures.ts";

const RESULT = {
  picture: "a.jpg",
  output: "sub/a.png",
  inputs: "1",
  seed: 7,
  prompt: "a hero",
  drawn: { width: 64, height: 64 },
  seconds: 1,
};
const BYTES = Buffer.from("picture");

async function open(folder: string, force = false) {
  return await openResultFolder(folder, [RESULT.output], { force });
}

it("finds results again by what decides them, as long as their files are whole", async () => {
  const folder = join(await temporaryFolder(), "out");
  const first = await open(folder);
  const saved = await first.save(RESULT, BYTES);
  await first.close();
  await writeFile(join(folder, "sub/.a.png.0123456789ab.partial"), "half");
  await appendFile(join(folder, "journal.ndjson"), '{"picture":"cut off');
  const second = await open(folder);
  expect(await readdir(join(folder, "sub"))).toEqual(["a.png"]);
  expect(await second.find(RESULT.output, "1")).toEqual(saved);
  expect(await second.find(RESULT.output, "2")).toBeUndefined();
  await writeFile(join(folder, RESULT.output), "changed");
  expect(await second.find(RESULT.output, "1")).toBeUndefined();
  await second.close();
  const forced = await open(folder, true);
  expect(await forced.find(RESULT.output, "1")).toBeUndefined();
  await forced.close();
});

it("leaves files alone that were not made here, unless it is forced", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "sub"));
  await writeFile(join(folder, RESULT.output), "mine");
  const results = await open(folder);
  await expect(results.save(RESULT, BYTES)).rejects.toThrow(
    "there is a file of that name that was not made here",
  );
  await results.close();
  expect(await readFile(join(folder, RESULT.output), "utf8")).toBe("mine");
  const forced = await open(folder, true);
  await forced.save(RESULT, BYTES);
  await forced.close();
  expect(await readFile(join(folder, RESULT.output))).toEqual(BYTES);
});

it("is one process's alone", async () => {
  const folder = await temporaryFolder();
  const results = await open(folder);
  await expect(open(folder)).rejects.toThrow("is rendering into this folder");
  await results.close();
  await (await open(folder)).close();
});
