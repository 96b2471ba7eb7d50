/** The formats of stills by name and by size, and what is said about others. */
import { describe, expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { loadSettings } from "./load.ts";
import { readSetFlag } from "./overrides.ts";
import { formatsOf, readStillFormat } from "./still-format.ts";

function load(formats: string) {
  const text = `prompts: a cat\nthumbnails:\n  formats: ${formats}\n`;
  return loadSettings({ file: "cat.yaml", text }).settings.thumbnails;
}

function problemsOf(formats: string): string {
  try {
    load(formats);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("formats of stills", () => {
  it("have YouTube's sizes and budgets by name, and any size", () => {
    expect(readStillFormat("youtube")).toMatchObject({ width: 1280, height: 720, maxBytes: 2_000_000 });
    expect(readStillFormat("YouTube-4K")).toMatchObject({ width: 3840, height: 2160, maxBytes: 50_000_000 });
    expect(readStillFormat("shorts")).toMatchObject({ width: 1080, height: 1920 });
    expect(readStillFormat("square")).toMatchObject({ width: 1080, height: 1080 });
    expect(readStillFormat(" 800×450 ")).toMatchObject({ name: "800x450", width: 800, height: 450 });
    for (const wrong of ["8x8", "9000x100", "vimeo", "", "800", "-1x5", "1e3x5"]) {
      expect(readStillFormat(wrong), wrong).toBeUndefined();
    }
  });

  it("come alone, in a list, or with commas; each once", () => {
    expect(load("shorts").formats).toEqual(["shorts"]);
    expect(load("[youtube, shorts, 800x450, youtube]").formats).toEqual(["youtube", "shorts", "800x450"]);
    expect(load('"youtube, square"').formats).toEqual(["youtube", "square"]);
    const flag = readSetFlag("thumbnails.formats=youtube,shorts");
    const { settings } = loadSettings({ file: "cat.yaml", text: "prompts: a cat\n" }, [flag]);
    expect(settings.thumbnails.formats).toEqual(["youtube", "shorts"]);
  });

  it("are the size and budget of the settings where none is named", () => {
    const base = { formats: [], width: 640, height: 360, max_bytes: null };
    expect(formatsOf(base)).toEqual([{ name: "640x360", width: 640, height: 360, maxBytes: 2_000_000 }]);
    const both = formatsOf({ ...base, formats: ["youtube-4k", "shorts"], max_bytes: 900_000 });
    expect(both.map(({ name, maxBytes }) => [name, maxBytes])).toEqual([
      ["youtube-4k", 900_000],
      ["shorts", 900_000],
    ]);
  });

  it("that do not exist are refused at their place, with those that do", () => {
    expect(problemsOf("[youtube, vimeo]")).toBe(
      'cat.yaml:3:12 thumbnails.formats: expected youtube, youtube-4k, shorts, square, a size such as 800x450, or a list of up to 8 of them, found text "vimeo"\n' +
        "    hint: sides are 16 to 8192 pixels",
    );
    expect(problemsOf("[youtube, 7]")).toContain("found 7");
    expect(problemsOf("{ a: 1 }")).toContain("thumbnails.formats: expected youtube");
    const nine = Array.from({ length: 9 }, (_, i) => `${100 + i}x100`).join(", ");
    expect(problemsOf(`[${nine}]`)).toContain("found 9 of them");
  });
});
