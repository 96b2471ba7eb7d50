/** Letters out of font files: the embedded one, those of others, and what is no font. */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { FileError } from "../errors.ts";
import { openTitleFont } from "./title-font.ts";

const ANTON = createRequire(import.meta.url).resolve(
  "@expo-google-fonts/anton/400Regular/Anton_400Regular.ttf",
);
const font = await openTitleFont(null, null);

async function refusal(opening: Promise<unknown>): Promise<string> {
  const error: unknown = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FileError)) throw new Error("expected a FileError", { cause: error });
  return error.message;
}

describe("the embedded font", () => {
  it("shapes letters with kerning, in thousandths of the em", () => {
    expect(font).toMatchObject({ name: "Anton_400Regular", capHeight: 859 });
    const { glyphs, left, right, top, bottom } = font.shape("HE");
    expect(glyphs).toHaveLength(2);
    expect(glyphs[0]!.path).toMatch(/^M[\d,.-]+L/);
    expect([left, top, bottom]).toEqual([38, 859, 0]);
    expect(right).toBeGreaterThan(700);
    // The pair is moved together.
    const alone = font.shape("A").right + font.shape("V").right;
    expect(font.shape("AV").right).toBeLessThan(alone);
  });

  it("has ink where letters have it, and none for spaces", () => {
    expect(font.shape("p").bottom).toBeLessThan(-50);
    expect(font.shape("É").top).toBeGreaterThan(font.shape("E").top + 50);
    expect(font.shape(" ")).toMatchObject({ glyphs: [], left: 0, right: 0 });
    expect(font.shape("").glyphs).toEqual([]);
  });

  it("keeps what it has and names what it lacks, each once", () => {
    expect(font.keepKnown("Ünïcode & <b>!")).toEqual({ text: "Ünïcode & <b>!", missing: [] });
    expect(font.keepKnown("go 🚀 now 🚀 👨‍👩‍👧 日本")).toEqual({
      text: "go  now   ",
      missing: ["🚀", "👨‍👩‍👧", "日", "本"],
    });
    expect(font.keepKnown("x\u0336y").text).toBe("xy");
  });
});

describe("a font of one's own", () => {
  it("gives the same outlines as the embedded one when it is the same file", async () => {
    const own = await openTitleFont(ANTON, null);
    expect(own.shape("HE CAN FLY")).toEqual(font.shape("HE CAN FLY"));
  });

  it("is refused when it is not there or something else", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "font.ttf");
    expect(await refusal(openTitleFont(path, null))).toBe("there is no such file");
    expect(await refusal(openTitleFont(folder, null))).toBe("expected a file, found a folder");
    for (const [bytes, message] of [
      ["", "expected a TrueType or OpenType font, found other bytes"],
      ["<svg/>", "expected a TrueType or OpenType font, found other bytes"],
      ["wOF2....", "expected a TrueType or OpenType font, found a web font"],
      ["OTTO and nothing else", "the font is damaged, or has no letters"],
      [`\0\x01\0\0${"\xff".repeat(400)}`, "the font is damaged, or has no letters"],
    ] as const) {
      await writeFile(path, Buffer.from(bytes, "latin1"));
      expect(await refusal(openTitleFont(path, null)), bytes.slice(0, 8)).toBe(message);
    }
  });

  it("may be damaged anywhere without harm", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "font.ttf");
    const whole = await readFile(ANTON);
    for (let seed = 1; seed <= 60; seed++) {
      const damaged = Buffer.from(whole);
      // A linear congruence, seeded; the parameters of Numerical Recipes.
      let state = seed;
      for (let i = 0; i < 40; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const place = seed % 2 === 0 ? state % 400 : state % damaged.length;
        damaged[place] = state >>> 24;
      }
      await writeFile(path, damaged);
      const opened = await openTitleFont(path, null).catch((error: unknown) => {
        expect(error).toBeInstanceOf(FileError);
        return undefined;
      });
      const { right } = opened?.shape("HE CAN FLY 30 days") ?? { right: 0 };
      expect(Number.isFinite(right)).toBe(true);
    }
  });

  it("has a weight only where it is variable", async () => {
    expect(await refusal(openTitleFont(null, 700))).toBe(
      "expected a font of weight 700; this one is no variable font",
    );
  });
});
