/**
 * Letters as outlines out of a font file, put in line by HarfBuzz. No font of the machine takes part, and none has to be installed: a title is the
 * same on every machine. A font file is untrusted; HarfBuzz reads it inside WebAssembly.
 */

import { createRequire } from "node:module";
import { basename } from "node:path";
import type { Font } from "harfbuzzjs";
import { FileError } from "../errors.ts";
import { readFileWithin } from "../files.ts";
import { LIMITS } from "../limits.ts";
import { visualRuns } from "./text-runs.ts";

/** A glyph in its place: units of {@link EM}, y upwards from the baseline. */
export interface PlacedGlyph {
  /** SVG path data. */
  readonly path: string;
  readonly x: number;
  readonly y: number;
}

/** A line of text as it is drawn, the baseline at y = 0, in units of {@link EM}, y upwards. */
export interface LineShape {
  readonly glyphs: readonly PlacedGlyph[];
  /** Where there is ink. All 0 for a line without any. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface TitleFont {
  readonly name: string;
  /** Height of capitals, in units of {@link EM}. */
  readonly capHeight: number;
  /** The text without the characters that the font does not have, and which those are, each once. */
  readonly keepKnown: (text: string) => { readonly text: string; readonly missing: readonly string[] };
  readonly shape: (line: string) => LineShape;
}

/** Units to the em: what a font's own are brought to. */
export const EM = 1000;

const SNIFFED = new Set(["\0\x01\0\0", "OTTO", "true", "ttcf"]);
/** Where the font says nothing of its capitals. */
const USUAL_CAP_HEIGHT = 0.7 * EM;
/** Joiners: they have no ink, and shapers know them. */
const JOINERS = /^[\u200c\u200d]$/;
const WEIGHT_AXIS = "wght";

const EMBEDDED = "@expo-google-fonts/anton/400Regular/Anton_400Regular.ttf";

/**
 * Opens a TrueType or OpenType font.
 *
 * @param path of a .ttf, .otf or .ttc file (the first font of a collection); null for the embedded one, Anton: narrow, heavy capitals
 * @param weight 1–1000, for variable fonts; null = as the font is
 * @throws FileError when the file cannot be read, is no font, or has no such weight
 */
export async function openTitleFont(path: string | null, weight: number | null): Promise<TitleFont> {
  const file = path ?? createRequire(import.meta.url).resolve(EMBEDDED);
  const bytes = await readFont(file);
  const harfbuzz = await import("harfbuzzjs");
  const face = new harfbuzz.Face(new harfbuzz.Blob(bytes));
  if (face.collectUnicodes().length === 0) {
    throw new FileError("the font is damaged, or has no letters", { where: file, hint: "replace the file" });
  }
  const font = new harfbuzz.Font(face);
  font.setScale(EM, EM);
  if (weight !== null) {
    const { min, max } = face.getAxisInfos()[WEIGHT_AXIS] ?? {};
    if (min === undefined || max === undefined || weight < min || weight > max) {
      const has = min === undefined ? "is no variable font" : `has weights from ${min} to ${max}`;
      throw new FileError(`expected a font of weight ${weight}; this one ${has}`, {
        where: file,
        hint: "leave the weight out, or name the file of another font",
      });
    }
    font.setVariations([new harfbuzz.Variation(WEIGHT_AXIS, weight)]);
  }

  const shapeRun = (text: string, direction: "ltr" | "rtl") => {
    const buffer = new harfbuzz.Buffer();
    buffer.addText(text);
    buffer.guessSegmentProperties();
    buffer.setDirection(direction === "ltr" ? harfbuzz.Direction.LTR : harfbuzz.Direction.RTL);
    harfbuzz.shape(font, buffer);
    return buffer.getGlyphInfosAndPositions();
  };
  const shapeLine = (line: string): LineShape => {
    const glyphs: PlacedGlyph[] = [];
    const ink = { left: Infinity, right: -Infinity, top: -Infinity, bottom: Infinity };
    let pen = 0;
    for (const run of visualRuns(line)) {
      for (const glyph of shapeRun(run.text, run.direction)) {
        const { codepoint: id, xAdvance = 0, xOffset = 0, yOffset = 0 } = glyph;
        const [x, y] = [pen + xOffset, yOffset];
        const extents = font.glyphExtents(id);
        if (extents && extents.width !== 0 && extents.height !== 0) {
          glyphs.push({ path: font.glyphToPath(id), x, y });
          ink.left = Math.min(ink.left, x + extents.xBearing);
          ink.right = Math.max(ink.right, x + extents.xBearing + extents.width);
          ink.top = Math.max(ink.top, y + extents.yBearing);
          ink.bottom = Math.min(ink.bottom, y + extents.yBearing + extents.height);
        }
        pen += xAdvance;
      }
    }
    return glyphs.length === 0 ? { glyphs, left: 0, right: 0, top: 0, bottom: 0 } : { glyphs, ...ink };
  };
  // A title is laid out in each place that it may have, on each still: always the same few lines.
  const shaped = new Map<string, LineShape>();
  return {
    name: basename(file).replace(/\.[a-z]+$/i, ""),
    capHeight: font.getMetricPosition(harfbuzz.MetricsTag.CAP_HEIGHT) ?? USUAL_CAP_HEIGHT,
    keepKnown: (text) => keepKnown(font, text),
    shape(line) {
      const shape = shaped.get(line) ?? shapeLine(line);
      shaped.set(line, shape);
      return shape;
    },
  };
}

/** What a reader takes for one character is kept or left out as one; of a letter with a mark that the font lacks, the letter stays. */
function keepKnown(font: Font, text: string): { text: string; missing: string[] } {
  const has = (character: string) =>
    /\s/.test(character) ||
    JOINERS.test(character) ||
    Array.from(character.normalize("NFD")).every((part) => font.nominalGlyph(part.codePointAt(0)!)) ||
    font.nominalGlyph(character.codePointAt(0)!) !== undefined;
  const missing = new Set<string>();
  let known = "";
  for (const { segment } of new Intl.Segmenter("und").segment(text)) {
    const parts = Array.from(segment);
    if (!parts.every(has)) missing.add(segment);
    if (has(parts[0]!)) known += parts.filter(has).join("");
  }
  return { text: known, missing: [...missing] };
}

async function readFont(path: string): Promise<Buffer> {
  const bytes = await readFileWithin(path, LIMITS.picture.fontBytes);
  if (!SNIFFED.has(bytes.toString("latin1", 0, 4))) {
    const isWeb = /^wOF[F2]$/.test(bytes.toString("latin1", 0, 4));
    throw new FileError(
      `expected a TrueType or OpenType font, found ${isWeb ? "a web font" : "other bytes"}`,
      {
        where: path,
        hint: "name a .ttf or .otf file",
      },
    );
  }
  return bytes;
}
