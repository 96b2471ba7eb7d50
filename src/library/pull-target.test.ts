import { describe, expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { readCatalogue } from "./catalogue.ts";
import { parsePullTarget, type PullWishes } from "./pull-target.ts";

const catalogue = await readCatalogue();

describe("what to pull", () => {
  it.each<[string, PullWishes, object]>([
    ["owner/name", {}, { name: "name", repo: "owner/name", revision: "main", file: undefined }],
    ["owner/name/a.safetensors", {}, { name: "a", file: "a.safetensors" }],
    ["owner/name/sub/model.safetensors", {}, { name: "name", file: "sub/model.safetensors" }],
    ["owner/name/onnx/model_fp16.onnx", {}, { name: "name", file: "onnx/model_fp16.onnx" }],
    ["https://huggingface.co/owner/na.me-1", {}, { name: "na.me-1", repo: "owner/na.me-1" }],
    ["https://huggingface.co/owner/name/", {}, { repo: "owner/name", file: undefined }],
    [
      "https://huggingface.co/owner/name/blob/fp16/My%20Model.safetensors?download=true",
      {},
      { name: "My Model", revision: "fp16", file: "My Model.safetensors" },
    ],
    ["https://huggingface.co/owner/name/resolve/main/a.safetensors", {}, { name: "a", revision: "main" }],
    ["https://huggingface.co/owner/name/tree/main", {}, { repo: "owner/name", file: undefined }],
    [
      "owner/name",
      { as: "hero", kind: "lora", revision: "v2" },
      { name: "hero", kind: "lora", revision: "v2" },
    ],
  ])("%s", (text, wishes, expected) => {
    expect(parsePullTarget(text, catalogue, wishes)).toMatchObject(expected);
  });

  it("a name of the catalogue, whatever its case, with hash and license", () => {
    const target = parsePullTarget("SD15", catalogue);
    expect(target).toMatchObject({
      name: "sd15",
      kind: "model",
      file: "v1-5-pruned-emaonly-fp16.safetensors",
    });
    expect(target.sha256).toMatch(/^e9476a13/);
    expect(target.license?.name).toBe("CreativeML Open RAIL-M");
    expect(parsePullTarget("sd15", catalogue, { revision: "new" }).sha256).toBe(undefined);
  });

  it("is gated as the catalogue says, whichever revision is asked for", () => {
    const gated = catalogue.map((entry) => ({ ...entry, gated: entry.name === "sdxl" }));
    expect(parsePullTarget("sdxl", gated).gated).toBe(true);
    expect(parsePullTarget("sdxl", gated, { revision: "refs/pr/1", as: "mine" }).gated).toBe(true);
    expect(parsePullTarget("sd15", gated).gated).toBe(false);
  });

  it.each<[string, PullWishes, string]>([
    ["sd-15", {}, "did you mean sd15?"],
    ["", {}, "expected a name of the catalogue"],
    ["../etc", {}, "expected a name of the catalogue"],
    ["owner/..", {}, "expected a name of the catalogue"],
    ["a\u001b[2J", {}, "found `a\\u{1b}[2J`"],
    ["owner/name", { as: "../x" }, "--as: expected a name of letters"],
    ["owner/name", { as: "x." }, "--as: expected a name of letters"],
    ["owner/name", { as: ".x" }, "--as: expected a name of letters"],
    ["owner/name/%2e%2e%2f..%2fx.safetensors", { as: "" }, "--as: expected a name of letters"],
  ])("refuses %j %j", (text, wishes, message) => {
    const call = () => parsePullTarget(text, catalogue, wishes);
    expect(call).toThrow(SettingsError);
    expect(call).toThrow(message);
  });
});

describe("the catalogue", () => {
  it("has each name once, and a hash for most files", () => {
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
    const files = catalogue.filter(({ file }) => file !== undefined);
    expect(files.filter(({ sha256 }) => sha256 !== undefined).length).toBeGreaterThan(files.length / 2);
  });

  it("says of everything what it is, how big, and under which license", () => {
    for (const entry of catalogue) {
      expect(entry.description.length).toBeGreaterThan(20);
      expect(entry.license.url).toMatch(/^https:/);
      expect(entry.bytes).toBeGreaterThan(1e6);
    }
  });
});
