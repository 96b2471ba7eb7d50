import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { type ChainBasis, chainBasis, hashBasis } from "./chain.ts";
import { readStoredPlan, storePlan } from "./stored-plan.ts";

function planOf(frames: number): ChainBasis {
  const text = `frames: ${frames}\nseed: 7\nprompts: { 0: a hero, 50: a city }\nmotion: { zoom: "0:(1+t/1000)" }`;
  const { settings } = loadSettings({ file: "flight.yaml", text }, []);
  return chainBasis({ model: "m", size: { width: 64, height: 64 } }, planFrames(settings));
}

it("gives the same hashes after it was written and read", async () => {
  const folder = await temporaryFolder();
  const { facts, frames } = planOf(5);
  for (const basis of [planOf(3), { facts, frames, begins: { 2: {}, 4: { initImage: null } } }]) {
    await storePlan(folder, basis);
    const stored = await readStoredPlan(folder);
    expect(stored).toEqual(JSON.parse(JSON.stringify(basis)));
    expect(hashBasis(stored!)).toEqual(hashBasis(basis));
  }
});

it("keeps the plan of a longer run of the same schedule", async () => {
  const folder = await temporaryFolder();
  const long = planOf(6);
  await storePlan(folder, long);
  await storePlan(folder, { ...long, frames: long.frames.slice(0, 2) });
  expect((await readStoredPlan(folder))?.frames).toHaveLength(6);
  await storePlan(folder, { facts: {}, frames: long.frames.slice(0, 2) });
  expect((await readStoredPlan(folder))?.frames).toHaveLength(2);
});

it("stays small for ten thousand frames", async () => {
  const folder = await temporaryFolder();
  await storePlan(folder, planOf(10_000));
  expect((await stat(join(folder, "plan.ndjson.gz"))).size).toBeLessThan(2_000_000);
  expect((await readStoredPlan(folder))?.frames).toHaveLength(10_000);
});

it.each([
  ["no file", undefined],
  ["no gzip", Buffer.from("{}")],
  ["no JSON", gzipSync("{")],
  ["a frame of nothing", gzipSync('{"frame":{}}\n')],
  ["nothing", gzipSync("")],
  ["something else", gzipSync('{"facts":{}}\n[]\n')],
])("takes a damaged plan for none: %s", async (_, bytes) => {
  const folder = await temporaryFolder();
  if (bytes) await writeFile(join(folder, "plan.ndjson.gz"), bytes);
  expect(await readStoredPlan(folder)).toBeUndefined();
  await storePlan(folder, planOf(1));
  expect((await readStoredPlan(folder))?.frames).toHaveLength(1);
});

it("writes the same bytes for the same plan", async () => {
  const [one, two] = [await temporaryFolder(), await temporaryFolder()];
  await storePlan(one, planOf(3));
  await storePlan(two, planOf(3));
  expect(await readFile(join(one, "plan.ndjson.gz"))).toEqual(await readFile(join(two, "plan.ndjson.gz")));
});
