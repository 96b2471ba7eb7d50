/** Choices from a seed. */

import { randomStream } from "../../dist/tensor/random.js";

/**
 * @param seed whole number
 * @param purpose what the choices are for
 */
export function chance(seed, purpose) {
  const stream = randomStream(seed, purpose);
  const uniform = () => stream.uniform();
  const normal = () => stream.normal();
  const between = (low, high) => low + (high - low) * uniform();
  return {
    uniform,
    normal,
    between,
    whole: (low, high) => Math.floor(between(low, high + 1)),
    pick: (list) => list[Math.floor(uniform() * list.length)],
    happens: (share) => uniform() < share,
  };
}
