/** An error as people read it: where, what, and what to do next. */

import { AnimateError } from "../errors.ts";
import { printableLines } from "../printable.ts";

/** Prints `error` on stderr and gives the exit code of the command. The stack is shown for our own defects, or when asked for. */
export function reportError(error: unknown, { verbose }: { readonly verbose: boolean }): number {
  if (error instanceof AnimateError) {
    const place = error.where === undefined ? "" : `${error.where}: `;
    print(`error: ${place}${error.message}`);
    if (error.hint !== undefined) print(`  hint: ${error.hint}`);
    if (verbose) print(describeCauses(error));
    return error.exitCode;
  }
  print(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  print("  hint: this is a defect of animate; please report it with the lines above.");
  return 70;
}

function print(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`);
}

function describeCauses(error: Error): string {
  const lines: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    lines.push(cause.stack ?? cause.message);
  return lines.join("\ncaused by: ");
}
