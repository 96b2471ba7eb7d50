/** Sets of frames as people write them: `3, 300-419`. */

/** @param dash between the first and the last of neighbors */
export function formatRanges(frames: Iterable<number>, dash = "-"): string {
  const ranges: [first: number, last: number][] = [];
  for (const frame of [...new Set(frames)].toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && range[1] + 1 === frame) range[1] = frame;
    else ranges.push([frame, frame]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}${dash}${last}`)).join(", ");
}

/**
 * Reads them back.
 *
 * @param limit no frame is as large; larger ones are left out, as is what is no range
 */
export function parseRanges(text: string, limit: number): number[] {
  return text.split(",").flatMap((part) => {
    const [, first, last = first] = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(part) ?? [];
    if (first === undefined) return [];
    const end = Math.min(Number(last), limit - 1);
    return Array.from({ length: Math.max(end - Number(first) + 1, 0) }, (_, i) => Number(first) + i);
  });
}
