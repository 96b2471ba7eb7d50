/** Work shared out among several workers, each of whom takes the next piece when it is through with one. */

/**
 * Resolves when every worker has come to its end. After a failure, or when `stop` is aborted, nothing more is handed out and `signal` is aborted;
 * the other workers end what they are at.
 *
 * @param labor takes pieces from `next` until there are none
 * @throws what the first worker that failed threw
 */
export async function shareWork<Piece extends object, Worker>(
  pieces: readonly Piece[],
  workers: readonly Worker[],
  stop: AbortSignal,
  labor: (worker: Worker, next: () => Piece | undefined, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([stop, failure.signal]);
  const waiting = pieces.toReversed();
  const next = (): Piece | undefined => (signal.aborted ? undefined : waiting.pop());
  const errors: unknown[] = [];
  await Promise.all(
    workers.map(async (worker) => {
      try {
        await labor(worker, next, signal);
      } catch (error) {
        errors.push(error);
        failure.abort();
      }
    }),
  );
  if (errors.length > 0) throw errors[0];
}
