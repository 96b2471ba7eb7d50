/** What came out, for the table that `npm run torture` prints at its end. */

import { appendFile } from "node:fs/promises";

/** Notes a row; without TORTURE_TABLE, the file that the command reads, nobody asks. */
export async function noteFigures(name: string, figures: Readonly<Record<string, number>>): Promise<void> {
  const file = process.env["TORTURE_TABLE"];
  if (file !== undefined) await appendFile(file, `${JSON.stringify({ name, figures })}\n`);
}
