/** `a castle AND a storm :0.6`: a prompt cut into parts that each steer the picture by themselves, with weights. */

import { ScheduleError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { excerpt } from "../printable.ts";

export interface PromptPart {
  readonly text: string;
  /** Factor on the guidance of this part, 1 = as strong as a prompt alone; negative steers away. */
  readonly weight: number;
}

const AND_WORD = /(?<![\p{L}\p{N}_])AND(?![\p{L}\p{N}_])/u;
/** `:1.2` at the end of a part; `\:` is a plain colon. */
const PART_WEIGHT = /(?<!\\):\s*([-+]?(?:\d+\.?|\d*\.\d+))$/;

/**
 * Cuts a prompt at the word AND and reads the weights at the ends of its parts. A prompt without either is one part of weight 1.
 * Source: stable-diffusion-webui 1.10 (behavior).
 *
 * @returns 1 to 16 parts
 * @throws ScheduleError for more parts, and for a weight beyond ±1000
 */
export function readComposition(prompt: string): readonly PromptPart[] {
  const parts = prompt.split(AND_WORD);
  if (parts.length > LIMITS.prompt.parts) {
    throw new ScheduleError(
      `expected at most ${LIMITS.prompt.parts} prompts joined by AND, found ${parts.length}`,
      {
        hint: "each costs as much as a prompt of its own; join some of them with commas",
      },
    );
  }
  return parts.map(readPart);
}

/**
 * Passes a negative prompt: it is one text, in which AND and a weight would be read as words.
 *
 * @throws ScheduleError naming the syntax
 */
export function refuseComposition(negativePrompt: string): void {
  const [first, ...others] = readComposition(negativePrompt);
  if (others.length > 0) {
    throw new ScheduleError("expected one negative prompt, found several joined by AND", {
      hint: "write a comma, or a lower-case and",
    });
  }
  if (first!.weight !== 1) {
    throw new ScheduleError(
      `expected a negative prompt without a weight of its own, found ${first!.weight}`,
      {
        hint: "put the words that it belongs to in brackets, (words:1.2), or write \\: for a colon",
      },
    );
  }
}

function readPart(part: string): PromptPart {
  const text = part.trimEnd();
  const match = PART_WEIGHT.exec(text);
  if (!match) return { text, weight: 1 };
  const weight = Number(match[1]);
  if (!(Math.abs(weight) <= LIMITS.prompt.partWeight)) {
    throw new ScheduleError(
      `expected a weight between −${LIMITS.prompt.partWeight} and ${LIMITS.prompt.partWeight} after a prompt, found ${excerpt(match[0])}`,
      { hint: "useful weights lie between −1 and 1.5; write \\: for a colon" },
    );
  }
  return { text: text.slice(0, match.index).trimEnd(), weight };
}
