/** Renders that end in the middle, as by Ctrl-C or a crash. */

import { type CommandResult, startAnimate } from "../run-animate.ts";

/**
 * Runs `animate` with `--json` until it prints `moment`, then sends the signal to all of its processes.
 *
 * @returns what it said before it ended
 */
export async function interrupt(
  folder: string,
  args: readonly string[],
  moment: string,
  signal: "SIGINT" | "SIGKILL",
): Promise<CommandResult> {
  const command = startAnimate(folder, [...args, "--json"]);
  await command.printed(moment);
  process.kill(-command.process.pid!, signal);
  return await command.result;
}
