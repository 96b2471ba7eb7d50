/** Waits for a call to be refused. */

import { ModelError } from "../../src/errors.ts";

/** `where: message (hint)` of the ModelError that the promise is rejected with; anything else fails the test. */
export async function modelErrorOf(call: Promise<unknown>): Promise<string> {
  const outcome: unknown = await call.then(
    () => "no error",
    (error: unknown) => error,
  );
  if (!(outcome instanceof ModelError)) throw new Error("expected a ModelError", { cause: outcome });
  return `${outcome.where}: ${outcome.message} (${outcome.hint})`;
}
