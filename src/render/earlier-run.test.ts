import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { readEarlierRun } from "./earlier-run.ts";

async function folderWith(manifest: unknown): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(folder, { recursive: true });
  const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  await writeFile(join(folder, "manifest.json"), text);
  return folder;
}

it("takes what manifests without pins tell", async () => {
  const folder = await folderWith({
    versions: { animate: "0.1.0", onnxruntime: "1.29.0", node: "20.0.0" },
    model: { name: "hero", sha256: "ab", provider: "cuda" },
    settings: { model: "models/hero.safetensors" },
  });
  const earlier = await readEarlierRun(folder);
  expect(earlier?.pins).toEqual({
    onnxruntime: "1.29.0",
    provider: "cuda",
    networks: { "model models/hero.safetensors": "ab" },
  });
  expect(earlier).toMatchObject({ drift: [], entries: [] });
});

it("leaves out pins that it does not know", async () => {
  const folder = await folderWith({ settings: {}, pins: { onnxruntime: "1.30.0", later: { than: "this" } } });
  expect((await readEarlierRun(folder))?.pins).toEqual({ onnxruntime: "1.30.0" });
});

it.each([
  ["no JSON", "{"],
  ["null", "null"],
  ["a list", "[]"],
  ["no settings", "{}"],
  ["odd settings", { settings: 7 }],
  ["odd pins", { settings: {}, pins: { pixels: "3" } }],
])("takes a manifest that is damaged for none: %s", async (_, manifest) => {
  expect(await readEarlierRun(await folderWith(manifest))).toBeUndefined();
});

it("finds nothing where there is no run", async () => {
  expect(await readEarlierRun(join(await temporaryFolder(), "missing"))).toBeUndefined();
});
