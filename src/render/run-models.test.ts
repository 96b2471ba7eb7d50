import { expect, it } from "vitest";
import type { ModelInfo } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { chainHashes } from "./chain.ts";
import { runModels } from "./run-models.ts";

const { info } = await openModel(new URL("../../test/fixtures/tiny-sd15", import.meta.url).pathname);

function planOf(model: string) {
  const text = `prompts: x\nseed: 1\nframes: 4\nmodel: ${model}`;
  return planFrames(loadSettings({ file: "a.yaml", text }).settings);
}

function hashes(model: string, ...contents: readonly string[]): string[] {
  const plan = planOf(model);
  const names = [...new Set(plan.map((frame) => frame.model ?? "only"))];
  const infos = contents.map((hash): ModelInfo => ({ ...info, hash }));
  const models = runModels(
    names.map((name) => ({ name, file: `/${name}` })),
    infos,
  );
  return chainHashes({ model: contents[0] }, models.identify(plan));
}

it("hashes frames of later models by content, and those of the first as if it were alone", () => {
  const alone = hashes("a", "A");
  expect(hashes("{ 0: a, 2: b }", "A", "B").map((hash, i) => hash === alone[i])).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(hashes("{ 0: a, 2: b }", "A", "A")).toEqual(alone);
  expect(hashes("{ 0: a, 2: c }", "A", "B")).toEqual(hashes("{ 0: a, 2: b }", "A", "B"));
  expect(hashes("{ 0: a, 2: b }", "A", "C")[2]).not.toBe(hashes("{ 0: a, 2: b }", "A", "B")[2]);
});

it("knows what draws a frame", () => {
  const models = runModels(
    [
      { name: "a", file: "/a" },
      { name: "b", file: "/b" },
    ],
    [info, { ...info, name: "b" }],
  );
  expect(planOf("{ 0: a, 2: b }").map((frame) => models.infoAt(frame).name)).toEqual([
    "tiny-sd15",
    "tiny-sd15",
    "b",
    "b",
  ]);
  expect(models.infoAt({}).name).toBe("tiny-sd15");
});
