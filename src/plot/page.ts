/** What all plots are drawn on: an SVG page of one width, and text and data that stay what they are in it. */

/** Pixels of the page, and of the left and the right end of every curve. */
export const PLOT_WIDTH = 1120;
export const PLOT_LEFT = 72;
export const PLOT_RIGHT = PLOT_WIDTH - 32;

/**
 * A whole SVG document that stands alone.
 *
 * @param height pixels
 * @param style CSS, with the class `ground` for the page itself
 * @param parts elements, from back to front
 */
export function plotPage(height: number, style: string, parts: readonly string[]): string {
  const [width, font] = [PLOT_WIDTH, "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${font}">`,
    `<style>${style}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

/** To a tenth of a pixel: nobody sees more, and the page stays small. */
export function roundPixels(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** Text as XML content; controls, which XML cannot hold, are dropped. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Data for a script element of a page: no text in it can end the element. */
export function inlineJson(data: unknown): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}
