/** Digits, small letters and signs as strokes: labels that look the same on a machine without a single font. */

interface Glyph {
  /** Width in units; a digit is 4 wide and 6 high, the line is at 6. */
  readonly advance: number;
  /** SVG path data, to be stroked with round ends. */
  readonly path: string;
}

const GLYPHS: Readonly<Record<string, Glyph>> = {
  "0": { advance: 4, path: "M2 0A2 2 0 0 1 4 2V4A2 2 0 0 1 0 4V2A2 2 0 0 1 2 0Z" },
  "1": { advance: 4, path: "M.9 1.2L2.5 0V6" },
  "2": { advance: 4, path: "M.1 1.7A1.9 1.75 0 0 1 3.9 1.8C3.9 3.2 1.6 4.2 0 6H4" },
  "3": {
    advance: 4,
    path: "M.2 1.1C.7-.4 3.7-.4 3.7 1.4C3.7 2.3 3 2.8 1.7 2.8C3.1 2.8 4 3.4 4 4.4C4 6.5.4 6.5 0 4.8",
  },
  "4": { advance: 4, path: "M3 6V0L0 4.2H4" },
  "5": { advance: 4, path: "M3.6 0H.7L.4 2.7C1.6 1.8 4 2.2 4 4C4 6.5.6 6.6 0 5" },
  "6": { advance: 4, path: "M3.1 0C1.1 1.1 0 2.6 0 4A2 2 0 1 0 4 4A2 2 0 1 0 0 4" },
  "7": { advance: 4, path: "M0 0H4L1.5 6" },
  "8": {
    advance: 4,
    path: "M2 2.7A1.65 1.35 0 1 0 2 0A1.65 1.35 0 1 0 2 2.7A2 1.65 0 1 0 2 6A2 1.65 0 1 0 2 2.7",
  },
  "9": { advance: 4, path: "M.9 6C2.9 4.9 4 3.4 4 2A2 2 0 1 0 0 2A2 2 0 1 0 4 2" },
  s: { advance: 3.2, path: "M3 2.9C2.5 1.9.2 1.9.2 3.1C.2 4.4 3.2 3.7 3.2 5C3.2 6.3.5 6.3 0 5.2" },
  ".": { advance: 0.2, path: "M.1 5.9h.01" },
  ":": { advance: 0.2, path: "M.1 2.4h.01M.1 5.4h.01" },
  "-": { advance: 2.4, path: "M0 3.4H2.4" },
  "#": { advance: 4, path: "M1.5.3L.8 5.7M3.2.3L2.5 5.7M.2 2H4M0 4H3.8" },
  "%": { advance: 5, path: "M.6 6L4.4 0M1 .1A1 1.2 0 1 0 1.01.1M4 3.5A1 1.2 0 1 0 4.01 3.5" },
  " ": { advance: 1.6, path: "" },
  a: { advance: 3.4, path: "M3.4 4A1.7 2 0 1 1 3.4 3.99M3.4 2V6" },
  b: { advance: 3.4, path: "M0 0V6M0 4A1.7 2 0 1 1 0 4.01" },
  c: { advance: 3, path: "M3 2.6A1.7 2 0 1 0 3 5.4" },
  d: { advance: 3.4, path: "M3.4 0V6M3.4 4A1.7 2 0 1 1 3.4 3.99" },
  e: { advance: 3.4, path: "M.1 4H3.4A1.7 2 0 1 0 2.9 5.4" },
  f: { advance: 2.3, path: "M2.3.2C1.3-.3.8.4.8 1.5V6M0 2.2H2.1" },
  g: { advance: 3.4, path: "M3.4 2V6.3C3.4 8.3.9 8.3.3 7.4M3.4 4A1.7 2 0 1 1 3.4 3.99" },
  h: { advance: 3.2, path: "M0 0V6M0 3.8C0 1.4 3.2 1.4 3.2 3.8V6" },
  i: { advance: 0.2, path: "M.1 2.1V6M.1.4h.01" },
  j: { advance: 0.9, path: "M.8 2.1V6.8C.8 7.8.2 8-.3 7.8M.8.4h.01" },
  k: { advance: 2.9, path: "M0 0V6M2.7 2.1L0 4.4M1.1 3.5L2.9 6" },
  l: { advance: 0.2, path: "M.1 0V6" },
  m: { advance: 5, path: "M0 2V6M0 3.7C0 1.5 2.5 1.5 2.5 3.7V6M2.5 3.7C2.5 1.5 5 1.5 5 3.7V6" },
  n: { advance: 3.2, path: "M0 2V6M0 3.8C0 1.4 3.2 1.4 3.2 3.8V6" },
  o: { advance: 3.5, path: "M3.5 4A1.75 2 0 1 1 3.5 3.99Z" },
  p: { advance: 3.4, path: "M0 2V8M0 4A1.7 2 0 1 1 0 4.01" },
  q: { advance: 3.4, path: "M3.4 2V8M3.4 4A1.7 2 0 1 1 3.4 3.99" },
  r: { advance: 2, path: "M0 2V6M0 3.8C.1 2.3 1 1.8 2 2.1" },
  t: { advance: 2.2, path: "M.8.7V4.8C.8 6 1.5 6.2 2.2 5.9M0 2.2H2.1" },
  u: { advance: 3.2, path: "M0 2V4.2C0 6.6 3.2 6.6 3.2 4.2V2V6" },
  v: { advance: 3.2, path: "M0 2L1.6 6L3.2 2" },
  w: { advance: 5, path: "M0 2L1.25 6L2.5 2.4L3.75 6L5 2" },
  x: { advance: 2.9, path: "M0 2L2.9 6M2.9 2L0 6" },
  y: { advance: 3.2, path: "M0 2L1.6 6M3.2 2L1.4 6.8C1.1 7.7.6 8 0 7.8" },
  z: { advance: 3, path: "M.1 2.1H2.9L.1 5.9H3" },
  ",": { advance: 0.4, path: "M.4 5.8L0 7.1" },
  "'": { advance: 0.2, path: "M.1 0V1.5" },
  "(": { advance: 1.1, path: "M1.1-.5C-.4 1.6-.4 4.9 1.1 7" },
  ")": { advance: 1.1, path: "M0-.5C1.5 1.6 1.5 4.9 0 7" },
  "/": { advance: 2, path: "M2-.3L0 6.6" },
  _: { advance: 3, path: "M0 6.8H3" },
  "+": { advance: 3.2, path: "M0 3.6H3.2M1.6 2V5.2" },
  "!": { advance: 0.2, path: "M.1 0V3.9M.1 5.9h.01" },
  "?": { advance: 3, path: "M0 1.2C.3-.5 3-.4 3 1.4C3 2.8 1.5 2.7 1.5 4.1M1.5 5.9h.01" },
};

/** Between two glyphs, in units. */
const SPACING = 1.5;
const CAP_HEIGHT = 6;

/** Width of a text in pixels. */
export function textWidth(text: string, height: number): number {
  let units = 0;
  for (const character of text) units += glyphOf(character).advance + SPACING;
  return (Math.max(0, units - SPACING) * height) / CAP_HEIGHT;
}

/**
 * A text as SVG, its top left corner at (x, y), digits `height` pixels high.
 * Throws RangeError for a character that {@link writable} would leave out.
 */
export function drawText(text: string, x: number, y: number, height: number, color: string): string {
  const scale = height / CAP_HEIGHT;
  let position = 0;
  const paths = Array.from(text, (character) => {
    const { advance, path } = glyphOf(character);
    const glyph = path && `<path transform="translate(${position.toFixed(2)} 0)" d="${path}"/>`;
    position += advance + SPACING;
    return glyph;
  });
  return `<g transform="translate(${x} ${y}) scale(${scale})" fill="none" stroke="${color}" stroke-width=".85" stroke-linecap="round" stroke-linejoin="round">${paths.join("")}</g>`;
}

/** `text` as far as there are glyphs: in small letters, accents dropped, one space in place of everything else. */
export function writable(text: string): string {
  const plain = text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return Array.from(plain, (character) => (Object.hasOwn(GLYPHS, character) ? character : " "))
    .join("")
    .replaceAll(/ +/g, " ")
    .trim();
}

function glyphOf(character: string): Glyph {
  const glyph = Object.hasOwn(GLYPHS, character) ? GLYPHS[character] : undefined;
  if (!glyph) throw new RangeError(`there is no glyph for ${JSON.stringify(character)}`);
  return glyph;
}
