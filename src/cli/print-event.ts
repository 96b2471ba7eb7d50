/** Progress for programs: NDJSON on stdout. */

import { printableJson } from "../printable.ts";

/** One event as a line. Pixels stay out of it; everything else of the event is there. */
export function printEvent(event: object): void {
  const { image: _, ...line } = event as { readonly image?: unknown };
  process.stdout.write(`${printableJson(JSON.stringify(line))}\n`);
}
