/** Perlin's gradient noise in several octaves, as a field over a picture. */

import type { NoiseSource } from "./noise-source.ts";

export interface PerlinOptions {
  /** Cells of the coarsest lattice along the height, ≥ 1, fractions dropped (Deforum's perlin_w, despite its name). Default 8. */
  readonly rows?: number;
  /** Cells along the width (Deforum's perlin_h). Default 8. */
  readonly columns?: number;
  /** Lattices, each twice as fine as the one before, 1–7. Default 4. */
  readonly octaves?: number;
  /** Strength of a lattice relative to the one before. Default 0.5. */
  readonly persistence?: number;
}

/**
 * The sum of the octaves, not normalized; about −1 … 1. Any size works: cells need not be whole pixels wide. Octaves finer than the
 * pixels are left out. Source: Perlin, "Improving noise" (2002) for the fade, Deforum (behavior) for gradients, scale and drawing order.
 *
 * @returns `[height, width]`
 */
export function perlinField(
  source: NoiseSource,
  height: number,
  width: number,
  { rows = 8, columns = 8, octaves = 4, persistence = 0.5 }: PerlinOptions = {},
): Float32Array {
  const field = new Float32Array(height * width);
  for (let octave = 0; octave < octaves; octave++) {
    const lattice = {
      rows: Math.max(1, Math.floor(rows)) * 2 ** octave,
      columns: Math.max(1, Math.floor(columns)) * 2 ** octave,
    };
    if (lattice.rows > height || lattice.columns > width) break;
    addOctave(field, height, width, source, lattice, Math.SQRT2 * persistence ** octave);
  }
  return field;
}

interface Lattice {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Along one row of pixels the noise is, between two lattice columns, a blend of two straight lines: what the row does to the four
 * gradients of a cell is worked out once per cell, and a pixel costs a handful of multiplications.
 */
function addOctave(
  field: Float32Array,
  height: number,
  width: number,
  source: NoiseSource,
  { rows, columns }: Lattice,
  strength: number,
): void {
  const posts = columns + 1;
  const alongRows = new Float32Array((rows + 1) * posts);
  const alongColumns = new Float32Array((rows + 1) * posts);
  for (let i = 0; i < alongRows.length; i++) {
    const angle = 2 * Math.PI * source.uniform();
    alongRows[i] = Math.cos(angle) * strength;
    alongColumns[i] = Math.sin(angle) * strength;
  }

  const cellOf = new Uint16Array(width);
  const across = new Float64Array(width);
  const blend = new Float64Array(width);
  for (let column = 0; column < width; column++) {
    const position = (column * columns) / width;
    cellOf[column] = position;
    across[column] = position - cellOf[column]!;
    blend[column] = fade(across[column]!);
  }

  const start = new Float64Array(posts);
  const slope = new Float64Array(posts);
  for (let row = 0; row < height; row++) {
    const position = (row * rows) / height;
    const cell = Math.floor(position);
    const down = position - cell;
    const share = fade(down);
    for (let post = 0; post < posts; post++) {
      const upper = cell * posts + post;
      const lower = upper + posts;
      start[post] = (1 - share) * alongRows[upper]! * down + share * alongRows[lower]! * (down - 1);
      slope[post] = (1 - share) * alongColumns[upper]! + share * alongColumns[lower]!;
    }
    const offset = row * width;
    for (let column = 0; column < width; column++) {
      const post = cellOf[column]!;
      const t = across[column]!;
      const left = start[post]! + slope[post]! * t;
      const right = start[post + 1]! + slope[post + 1]! * (t - 1);
      field[offset + column]! += left + blend[column]! * (right - left);
    }
  }
}

/** 6t⁵ − 15t⁴ + 10t³. */
function fade(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}
