/** A title as SVG: paths alone, so that nothing of the text itself gets into the markup. */

import type { TitleLayout } from "./lay-out-title.ts";
import { EM } from "./title-font.ts";

export interface TitleColors {
  /** `#rgb` or `#rrggbb`. */
  readonly color: string;
  readonly outline: string;
  /** Width of the outline, in heights of capitals; 0 for none. */
  readonly outlineWidth: number;
}

/** The shadow that lifts letters off busy pictures: strokes that grow wider, in heights of capitals; a blur looks the same and takes ten times as long. */
const SHADOW = { widths: [0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14], drop: 0.04, opacity: 0.1 };

/** A layer of the still's size: a soft shadow, the outline, and the letters above it. */
export function drawTitle(
  { lines, size, capPixels }: TitleLayout,
  { color, outline, outlineWidth }: TitleColors,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const scale = size / EM;
  const letters = lines.map(({ shape, x, baseline }) => {
    const glyphs = shape.glyphs.map(
      (glyph) => `<path transform="translate(${decimal(glyph.x)} ${decimal(glyph.y)})" d="${glyph.path}"/>`,
    );
    const place = `translate(${decimal(x)} ${decimal(baseline)}) scale(${scale.toFixed(6)} ${(-scale).toFixed(6)})`;
    return `<g transform="${place}">${glyphs.join("")}</g>`;
  });
  const text = letters.join("");
  const around = (paint: string, thickness: number) => {
    // Half of a stroke lies under the letters.
    const stroke = decimal((2 * thickness * capPixels) / scale);
    return `<g fill="${paint}" stroke="${paint}" stroke-width="${stroke}" stroke-linejoin="round">${text}</g>`;
  };
  const drop = `translate(0 ${decimal(SHADOW.drop * capPixels)})`;
  const shadow = SHADOW.widths.map(
    (thickness) =>
      `<g opacity="${SHADOW.opacity}" transform="${drop}">${around("#000", outlineWidth + thickness)}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`,
    ...shadow,
    outlineWidth > 0 ? around(outline, outlineWidth) : "",
    `<g fill="${color}">${text}</g></svg>`,
  ].join("");
}

function decimal(value: number): string {
  return value.toFixed(2);
}
