/** What lies outside of a picture, pixel by pixel. */

import { kernels } from "../kernels/kernels.ts";

/**
 * Outside the picture: its edge pixel; its mirror image (edge pixel repeated); black; the picture again; its mirror image (edge pixel not
 * repeated), everywhere, or for a quarter of the side and black beyond.
 */
export type Padding = "border" | "reflection" | "zeros" | "wrap" | "mirror" | "margin";

/** The pixel that stands for pixel `index` of a line of `size`, which may lie outside; −1 = black. Below 2^30. */
export type TapRule = (index: number, size: number) => number;

/** Numbers of the rules in kernels/assembly/taps.ts. */
export const PADDING_RULES: Readonly<Record<Padding, number>> = {
  border: 0,
  reflection: 1,
  zeros: 2,
  wrap: 3,
  mirror: 4,
  margin: 5,
};

export const TAP_RULES: Readonly<Record<Padding, TapRule>> = {
  border: ruleOf("border"),
  reflection: ruleOf("reflection"),
  zeros: ruleOf("zeros"),
  wrap: ruleOf("wrap"),
  mirror: ruleOf("mirror"),
  margin: ruleOf("margin"),
};

function ruleOf(padding: Padding): TapRule {
  const rule = PADDING_RULES[padding];
  return (index, size) => kernels.tapOf(rule, index, size);
}
