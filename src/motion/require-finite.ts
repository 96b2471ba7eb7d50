/** Refuses numbers that are none before they become a picture of nothing. */

import { RenderError } from "../errors.ts";

/**
 * @param group settings path that the names belong to, `motion`
 * @param values numbers by name
 * @throws RenderError naming the first value that is NaN or infinite
 */
export function requireFinite(group: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isFinite(value)) {
      throw new RenderError(`expected a finite number, found ${value}`, {
        where: `${group}.${name}`,
        hint: "a formula probably divides by zero or takes the root of a negative number; `animate plan` prints its value per frame",
      });
    }
  }
}
