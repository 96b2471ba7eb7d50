/** What a comparison with references found, as lines for the terminal. */

import type { CheckedCopy, CopyReport } from "../memorization/check-copies.ts";

/** Lines of one kind at most; the files have all. */
const MAX_LINES = 12;

/** The near-copies with the reference of each, then what could not be compared, then the files. */
export function reportCopies({ pictures, referenceCount, unreadable, report, sheet }: CopyReport): string[] {
  const copies = pictures.filter(({ nearest }) => nearest?.isCopy);
  const plain = pictures.filter(({ nearest }) => !nearest).length;
  const compared = `${count(pictures.length, "picture")} compared with ${count(referenceCount, "reference")}`;
  return [
    copies.length === 0
      ? `${compared}: no near-copies`
      : `${compared}: ${count(copies.length, "near-copy", "near-copies")}`,
    ...shortened(copies.map(describeCopy), "in copies.json"),
    ...(plain === 0 ? [] : [`  ${count(plain, "picture is", "pictures are")} too plain to compare`]),
    ...shortened(
      unreadable.map(({ file, reason }) => `  not read: ${file}: ${reason}`),
      "that could not be read, in copies.json",
    ),
    `  report      ${report}`,
    ...(sheet === null ? [] : [`  sheet       ${sheet}`]),
  ];
}

function describeCopy({ picture, nearest }: CheckedCopy): string {
  const { reference, sharedDetail, ssim, hashDistance, placement } = nearest!;
  const how = placement.mirrored ? ", mirrored" : "";
  return `  ${picture} is a near-copy of ${reference}${how} (shares ${Math.round(100 * sharedDetail)} % of its detail, SSIM ${ssim.toFixed(2)}, hash distance ${hashDistance})`;
}

function shortened(lines: readonly string[], rest: string): string[] {
  if (lines.length <= MAX_LINES) return [...lines];
  return [...lines.slice(0, MAX_LINES), `  and ${lines.length - MAX_LINES} more ${rest}`];
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
