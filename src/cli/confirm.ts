/** Asks before something that cannot be taken back. */

import { createInterface } from "node:readline/promises";
import { SettingsError } from "../errors.ts";

/**
 * Asks a question on the terminal; only `y` or `yes` agrees.
 *
 * @param flag that agrees beforehand, for scripts: `--yes`
 * @throws SettingsError when there is no terminal to ask on
 */
export async function confirm(question: string, flag: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new SettingsError([
      {
        location: flag,
        path: "",
        message: "there is no terminal to ask on, and nobody has agreed",
        hint: `add ${flag} to agree beforehand`,
      },
    ]);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and the end of the input are a no.
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
