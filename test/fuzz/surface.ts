/** What is fuzzed: something that reads what strangers wrote. */

import type * as fc from "fast-check";
import type { AnimateError } from "../../src/errors.ts";

/** Text as the program has it once it is decoded, or the bytes of a file. */
export type FuzzInput = string | Uint8Array;

export interface Surface<Input extends FuzzInput = FuzzInput> {
  /** Kebab-case; folder of its corpus. */
  readonly name: string;
  /** What the test says of it: `mutated PNG files`. */
  readonly title: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Cases of a run of the suite; default 10,000. Fewer for what takes milliseconds. */
  readonly cases?: number;
  /** Reads the input as the program does, and throws what the program throws. */
  readonly read: (input: Input) => unknown;
  /** Whether a refusal says where in the input, or in which file, the mistake is. */
  readonly isLocated: (error: AnimateError, input: Input) => boolean;
  /** Of 10,000 cases that many have to be read and that many refused, or the generator proves nothing; default 10 each. */
  readonly least?: { readonly read?: number; readonly refused?: number };
  /** By how many bytes one case may raise the most memory that the process ever had; default 256 MiB. */
  readonly memoryBytes?: number;
}
