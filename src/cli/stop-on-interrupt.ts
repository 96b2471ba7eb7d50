/** What Ctrl-C does to a command that finishes what it is at. */

/** Exit code of a command that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/**
 * The first Ctrl-C aborts the signal, so that the current piece of work is finished; the second ends the process at once.
 *
 * @param noun what is finished, `frame`
 * @param clear takes live lines away before something is said
 */
export function stopOnInterrupt(noun: string, clear: () => void): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    clear();
    process.stderr.write(`finishing this ${noun}; Ctrl-C again ends at once (finished ${noun}s are safe)\n`);
  });
  return controller.signal;
}
