/** A 64-bit fingerprint of a picture that survives scaling and small changes (dHash, Krawetz 2013). */
import { shrink, type LumaPlane } from "./luma.ts";

/** 16 hexadecimal digits: for each cell of an 8 × 8 grid, whether its right neighbor is darker. */
export type DifferenceHash = string;

/** The fingerprint. The picture is averaged down to 9 × 8 cells first. */
export function differenceHash(luma: LumaPlane): DifferenceHash {
  const { values } = shrink(luma, 9, 8);
  let hash = "";
  for (let row = 0; row < 8; row++) {
    let byte = 0;
    for (let column = 0; column < 8; column++) {
      const isDarker = values[row * 9 + column]! > values[row * 9 + column + 1]!;
      byte = byte * 2 + (isDarker ? 1 : 0);
    }
    hash += byte.toString(16).padStart(2, "0");
  }
  return hash;
}

/** Number of cells in which two fingerprints differ, 0 (alike) to 64. Below 5 the pictures are the same to the eye. */
export function hashDistance(a: DifferenceHash, b: DifferenceHash): number {
  let distance = 0;
  for (let digit = 0; digit < 16; digit++) {
    const [codeA, codeB] = [a.charCodeAt(digit), b.charCodeAt(digit)];
    if (codeA !== codeB) distance += ONES[digitValue(codeA) ^ digitValue(codeB)]!;
  }
  return distance;
}

/** How many bits of each 4-bit number are set. */
const ONES = Uint8Array.of(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);

/** Of a hexadecimal digit in small letters. */
function digitValue(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
