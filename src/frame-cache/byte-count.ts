/** Sizes as people give them: `10GB`, `1.5 GB`, `500MB`. */

const UNITS: Readonly<Record<string, number>> = { "": 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes, whole, 0 or more; decimal units, as disks are sold. Undefined for a text that is no size. */
export function readByteCount(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toUpperCase()];
  const bytes = Math.round(Number(digits) * (factor ?? NaN));
  return digits !== "" && Number.isSafeInteger(bytes) ? bytes : undefined;
}
