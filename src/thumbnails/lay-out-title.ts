/** A title in a box: broken into the lines that let it be largest. */

import type { Area } from "../scoring/luma.ts";
import { EM, type LineShape, type TitleFont } from "./title-font.ts";

export interface TitleBox {
  /** Pixels of the still. */
  readonly area: Area;
  readonly align: "left" | "center" | "right";
  readonly vertical: "top" | "middle" | "bottom";
}

export interface LaidOutLine {
  readonly shape: LineShape;
  /** Where the line's origin is, in pixels of the still. */
  readonly x: number;
  readonly baseline: number;
}

export interface TitleLayout {
  readonly lines: readonly LaidOutLine[];
  /** Pixels to the em. */
  readonly size: number;
  /** Height of capitals, in pixels. */
  readonly capPixels: number;
  /** What letters and outline cover, in pixels of the still. */
  readonly area: Area;
}

/** More lines read as a paragraph. */
const MAX_LINES = 4;
/** From baseline to baseline, in heights of capitals, where no ascender or descender asks for more. */
const LINE_SPACING = 1.16;
/** Between the ink of two lines, in heights of capitals. */
const LEAST_GAP = 0.1;

/**
 * The largest that the words can be within the box.
 *
 * @param lines as {@link titleLines} gives them: several are kept, one is broken where it helps
 * @param outline width of the outline around the letters, in heights of capitals
 * @returns undefined when there is nothing to draw
 */
export function layOutTitle(
  lines: readonly string[],
  font: TitleFont,
  box: TitleBox,
  outline: number,
): TitleLayout | undefined {
  const breaks = lines.length === 1 ? breaksOf(lines[0]!, font) : [lines];
  let best: TitleLayout | undefined;
  for (const broken of breaks) {
    const layout = place(broken, font, box, outline);
    if (layout && (!best || layout.size > best.size)) best = layout;
  }
  return best;
}

/** The line in one piece, in two, in three …, each time so that its longest piece is shortest. */
function breaksOf(line: string, font: TitleFont): string[][] {
  const words = line.split(" ");
  const widths = words.map((word) => {
    const { left, right } = font.shape(word);
    return right - left;
  });
  const counts = Array.from({ length: Math.min(MAX_LINES, words.length) }, (_, i) => i + 1);
  return counts.map((count) => breakInto(words, widths, count));
}

/** Dynamic programming over the places of the breaks. */
function breakInto(words: readonly string[], widths: readonly number[], count: number): string[] {
  const ends: number[] = [0];
  for (const width of widths) ends.push(ends.at(-1)! + width + 0.25 * EM);
  // longest[i]: of the first i words in the lines so far, the longest line; from[k][i]: where line k then begins.
  let longest = ends.map((end, i) => (i === 0 ? 0 : end));
  const from: number[][] = [];
  for (let line = 1; line < count; line++) {
    const starts: number[] = [];
    const previous = longest;
    longest = ends.map((end, i) => {
      let shortest = Infinity;
      for (let start = line; start < i; start++) {
        const longer = Math.max(previous[start]!, end - ends[start]!);
        if (longer < shortest) [shortest, starts[i]] = [longer, start];
      }
      return shortest;
    });
    from.push(starts);
  }
  const lines: string[] = [];
  let end = words.length;
  for (const starts of from.toReversed()) {
    const start = starts[end]!;
    lines.unshift(words.slice(start, end).join(" "));
    end = start;
  }
  return [words.slice(0, end).join(" "), ...lines];
}

function place(
  lines: readonly string[],
  font: TitleFont,
  box: TitleBox,
  outline: number,
): TitleLayout | undefined {
  const shapes = lines.map((line) => font.shape(line)).filter(({ glyphs }) => glyphs.length > 0);
  const [first, last] = [shapes[0], shapes.at(-1)];
  if (!first || !last) return undefined;
  const { capHeight } = font;
  const around = outline * capHeight;
  const inner = shapes.slice(1).map((shape, i) => shape.top - shapes[i]!.bottom + LEAST_GAP * capHeight);
  const spacing = Math.max(LINE_SPACING * capHeight, ...inner);
  const height = first.top - last.bottom + (shapes.length - 1) * spacing + 2 * around;
  const width = Math.max(...shapes.map(({ left, right }) => right - left)) + 2 * around;
  const size = EM * Math.min(box.area.width / width, box.area.height / height);
  const scale = size / EM;

  const area = {
    left: box.area.left + share(box.align) * (box.area.width - width * scale),
    top: box.area.top + share(box.vertical) * (box.area.height - height * scale),
    width: width * scale,
    height: height * scale,
  };
  return {
    lines: shapes.map((shape, i) => {
      const free = area.width - (shape.right - shape.left + 2 * around) * scale;
      return {
        shape,
        x: area.left + share(box.align) * free + (around - shape.left) * scale,
        baseline: area.top + (around + first.top + i * spacing) * scale,
      };
    }),
    size,
    capPixels: capHeight * scale,
    area,
  };
}

/** How much of the free room lies before. */
function share(side: "left" | "top" | "center" | "middle" | "right" | "bottom"): number {
  if (side === "left" || side === "top") return 0;
  return side === "center" || side === "middle" ? 0.5 : 1;
}
