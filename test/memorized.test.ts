/** `animate memorized` with the embedded model: what it asks of prompts and runs, and what it prints. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const BIN = fileURLToPath(new URL("../bin/animate.js", import.meta.url));
let folder: string;

async function animate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-memorized-"));
  await mkdir(join(folder, "run"));
  const settings = {
    name: "run",
    fps: 12,
    size: { width: 64, height: 64 },
    prompts: { 0: "a castle at night", 20: "a dragon over the sea", 40: "a castle at night" },
    model: "storybook",
    thumbnails: {},
  };
  await writeFile(join(folder, "run", "manifest.json"), JSON.stringify({ settings }));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("measures the prompts of a run once each, with its model and size, beside ordinary ones", async () => {
  const { code, stdout } = await animate("memorized", "run", "--seeds", "1", "--json");
  expect(code).toBe(0);
  const facts = JSON.parse(stdout);
  expect(facts).toMatchObject({
    model: "storybook",
    width: 64,
    height: 64,
    seeds: [0],
    scale: { count: 24 },
  });
  expect(facts.prompts.map(({ prompt }: { prompt: string }) => prompt)).toEqual([
    "a castle at night",
    "a dragon over the sea",
  ]);
  for (const { pull, deviations, standsOut } of facts.prompts) {
    expect(pull).toBeGreaterThan(0);
    expect(deviations).toBeCloseTo((pull - facts.scale.mean) / facts.scale.deviation, 9);
    expect(standsOut).toBe(pull > facts.scale.largest && deviations > 3);
  }
});

it.each([
  [["memorized"], "--prompt: expected a prompt, or the folder of a run, found neither", 2],
  [["memorized", "-p", "a", "--size", "big"], "--size: expected WxH such as 512x512, found big", 2],
])("says what is wrong with %j", async (args, message, exitCode) => {
  const { code, stderr } = await animate(...args);
  expect(stderr).toContain(message);
  expect(code).toBe(exitCode);
});
