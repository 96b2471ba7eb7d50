/** Rounding as IEEE arithmetic does it, which is how OpenCV, numpy and torch round. */

/** 1.5 · 2^52: numbers of this size have no fraction left, so adding it rounds, ties to even. */
const NO_FRACTION = 6_755_399_441_055_744;

/** The nearest whole number, halves to the even one: 0.5 → 0, 1.5 → 2, 2.5 → 2. For |value| < 2^51. */
export function roundHalfEven(value: number): number {
  return value + NO_FRACTION - NO_FRACTION;
}
