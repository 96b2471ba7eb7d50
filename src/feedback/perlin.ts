/** Perlin's gradient noise in several octaves, as a field over a picture. */

import { floatsAt, lendMemory, roundUp } from "../kernels/kernels.ts";
import { setTerms, termBytes, weighRows } from "../kernels/weigh-rows.ts";
import { unsetFloats } from "../tensor/unset-floats.ts";
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
  const lattices: Lattice[] = [];
  for (let octave = 0; octave < octaves; octave++) {
    const cells = {
      rows: Math.max(1, Math.floor(rows)) * 2 ** octave,
      columns: Math.max(1, Math.floor(columns)) * 2 ** octave,
    };
    if (cells.rows > height || cells.columns > width) break;
    lattices.push(drawLattice(source, cells.rows, cells.columns, Math.SQRT2 * persistence ** octave));
  }
  return sumLattices(lattices, height, width);
}

/** Gradients of a lattice, `[rows + 1, columns + 1]` each. */
interface Lattice {
  readonly rows: number;
  readonly columns: number;
  readonly alongRows: Float32Array;
  readonly alongColumns: Float32Array;
}

function drawLattice(source: NoiseSource, rows: number, columns: number, strength: number): Lattice {
  const alongRows = new Float32Array((rows + 1) * (columns + 1));
  const alongColumns = new Float32Array((rows + 1) * (columns + 1));
  for (let i = 0; i < alongRows.length; i++) {
    const angle = 2 * Math.PI * source.uniform();
    alongRows[i] = Math.cos(angle) * strength;
    alongColumns[i] = Math.sin(angle) * strength;
  }
  return { rows, columns, alongRows, alongColumns };
}

/** Rows of numbers that a lattice gives to each row of pixels: two of the lattice row above it, two of the one below. */
const TERMS = 4;

/**
 * Down a column of pixels, between two lattice rows, all that changes is how much the gradients of either row count: a row of pixels is the
 * weighted sum of four rows per lattice, which are made once for each lattice row.
 */
function sumLattices(lattices: readonly Lattice[], height: number, width: number): Float32Array {
  const field = unsetFloats(height * width);
  const terms = TERMS * lattices.length;
  if (terms === 0) return field.fill(0);
  const rowBytes = roundUp(4 * width, 64);
  const sizes = [termBytes(terms), terms * rowBytes, rowBytes];
  lendMemory(sizes, (list, rows, output) => {
    const places = Array.from({ length: terms }, (_, term) => rows + term * rowBytes);
    const weights = new Float64Array(terms);
    const floats = floatsAt(rows, (terms * rowBytes) / 4);
    const sum = floatsAt(output, width);
    const blends = lattices.map(({ columns }) => blendAcross(columns, width));
    const written = lattices.map(() => -1);
    for (let row = 0; row < height; row++) {
      for (let octave = 0; octave < lattices.length; octave++) {
        const lattice = lattices[octave]!;
        const position = (row * lattice.rows) / height;
        const cell = Math.floor(position);
        const first = TERMS * octave;
        if (written[octave] !== cell) {
          const from = (first * rowBytes) / 4;
          writeLatticeRow(lattice, cell, blends[octave]!, floats, from, rowBytes / 4);
          writeLatticeRow(lattice, cell + 1, blends[octave]!, floats, from + rowBytes / 2, rowBytes / 4);
          written[octave] = cell;
        }
        const down = position - cell;
        const share = fade(down);
        weights[first] = (1 - share) * down;
        weights[first + 1] = 1 - share;
        weights[first + 2] = share * (down - 1);
        weights[first + 3] = share;
      }
      setTerms(list, places, weights);
      weighRows(list, terms, output, width);
      field.set(sum, row * width);
    }
  });
  return field;
}

/** Per column of pixels: its cell, how far into the cell it lies, and how much the post to its right counts. */
interface Blend {
  readonly cells: Uint16Array;
  readonly across: Float64Array;
  readonly shares: Float64Array;
}

function blendAcross(columns: number, width: number): Blend {
  const positions = Float64Array.from({ length: width }, (_, column) => (column * columns) / width);
  const cells = Uint16Array.from(positions);
  const across = positions.map((position, column) => position - cells[column]!);
  return { cells, across, shares: across.map(fade) };
}

/** Two rows, `stride` apart: what the gradients of a lattice row along rows and along columns amount to at each column of pixels. */
function writeLatticeRow(
  { columns, alongRows, alongColumns }: Lattice,
  row: number,
  { cells, across, shares }: Blend,
  output: Float32Array,
  from: number,
  stride: number,
): void {
  const first = row * (columns + 1);
  for (let column = 0; column < cells.length; column++) {
    const post = first + cells[column]!;
    const t = across[column]!;
    const share = shares[column]!;
    output[from + column] = (1 - share) * alongRows[post]! + share * alongRows[post + 1]!;
    output[from + stride + column] =
      (1 - share) * alongColumns[post]! * t + share * alongColumns[post + 1]! * (t - 1);
  }
}

/** 6t⁵ − 15t⁴ + 10t³. */
function fade(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}
