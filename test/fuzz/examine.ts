/** One case: reads an input and says what is wrong with how that went. */

import { AnimateError, SettingsError } from "../../src/errors.ts";
import type { FuzzInput, Surface } from "./surface.ts";

export type Outcome = "read" | "refused";

export interface Examined {
  /** Undefined where {@link problem} says more. */
  readonly outcome?: Outcome;
  /** A defect, one sentence. */
  readonly problem?: string;
  /** Where it was thrown. */
  readonly cause?: unknown;
  /** Of processor time, which does not depend on what else the machine does. */
  readonly milliseconds: number;
}

const MAX_MILLISECONDS = 1000;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
/** A mistake fills a few lines of a terminal; what is quoted of the input is cut. */
const MAX_MESSAGE_LENGTH = 2000;

export async function examine<Input extends FuzzInput>(
  surface: Surface<Input>,
  input: Input,
): Promise<Examined> {
  const first = await attempt(surface, input);
  if (first.milliseconds <= MAX_MILLISECONDS || first.problem !== undefined) return first;
  // The first time may have compiled code or collected garbage of others.
  const second = await attempt(surface, input);
  if (second.milliseconds <= MAX_MILLISECONDS) return second;
  return { ...second, problem: `took ${second.milliseconds.toFixed(0)} ms of processor time` };
}

async function attempt<Input extends FuzzInput>(surface: Surface<Input>, input: Input): Promise<Examined> {
  const { memoryBytes = MAX_MEMORY_BYTES } = surface;
  const start = process.resourceUsage();
  let outcome: Outcome = "read";
  let problem: string | undefined;
  let cause: unknown;
  try {
    await surface.read(input);
  } catch (error) {
    outcome = "refused";
    cause = error;
    problem = whatIsWrong(error, surface, input);
  }
  const end = process.resourceUsage();
  const microseconds = end.userCPUTime + end.systemCPUTime - start.userCPUTime - start.systemCPUTime;
  const grownBytes = (end.maxRSS - start.maxRSS) * 1024;
  if (grownBytes > memoryBytes) problem ??= `took ${(grownBytes / 2 ** 20).toFixed(0)} MiB of memory`;
  const milliseconds = microseconds / 1000;
  return problem === undefined ? { outcome, milliseconds } : { problem, cause, milliseconds };
}

function whatIsWrong<Input extends FuzzInput>(
  error: unknown,
  { isLocated }: Surface<Input>,
  input: Input,
): string | undefined {
  if (!(error instanceof AnimateError)) return `crashed: ${String(error).slice(0, 300)}`;
  const hidden = hiddenCrash(error);
  if (hidden !== undefined) return `hid a crash: ${hidden}`;
  const texts = error instanceof SettingsError ? error.problems.map(textOf) : [textOf(error)];
  for (const text of texts) {
    const shown = JSON.stringify(text.slice(0, 200));
    if (text.length > MAX_MESSAGE_LENGTH) return `said ${text.length} characters: ${shown}`;
    if (text.trim().length < 10) return `said hardly anything: ${shown}`;
    if (UNPRINTABLE.test(text)) return `told a terminal what to do: ${JSON.stringify(text.slice(0, 2000))}`;
    if (FORGOTTEN.test(text) && !FORGOTTEN.test(String(input))) return `said ${shown}`;
  }
  return isLocated(error, input)
    ? undefined
    : `did not say where: ${JSON.stringify(texts[0]?.slice(0, 300))}`;
}

/** Everything of it that is printed. */
function textOf(error: object): string {
  const { location, path, where, message, hint } = error as Readonly<Record<string, string | undefined>>;
  return [location ?? where, path, message, hint].filter((part) => part !== undefined).join("\n");
}

/** What a terminal acts on, or hides; the ends of lines are ours. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
/** Values that nobody meant to print. */
const FORGOTTEN = /\[object \w+\]|\bundefined\b/;

/** A defect of ours that was caught with the mistakes of others, and passed on as one of theirs. */
function hiddenCrash(error: AnimateError): string | undefined {
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    if (/call stack|Cannot (?:read|set|convert)|is not (?:a function|iterable|defined)/.test(cause.message))
      return `${cause.name}: ${cause.message}`;
  }
  return undefined;
}
