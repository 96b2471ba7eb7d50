/** Text for other programs on stdout: as it is into a file or pipe, and shown safely in a terminal. */

import { printableLines } from "../printable.ts";

/** @param stream for tests; default: stdout */
export function printData(
  text: string,
  stream: Pick<NodeJS.WriteStream, "isTTY" | "write"> = process.stdout,
): void {
  stream.write(stream.isTTY ? printableLines(text) : text);
}
