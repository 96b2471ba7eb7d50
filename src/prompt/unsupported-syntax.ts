/** Prompt syntax that web UIs know and this version does not: refused by name instead of being read as words. */

import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";

const NETWORK_TAG = /<\w+:[^<>]+>/;

/**
 * Passes a prompt that holds only plain words, emphasis and BREAK.
 *
 * @throws ScheduleError naming the syntax that is not supported: `<lora:…>` and other network tags
 */
export function refuseUnsupportedSyntax(prompt: string): void {
  const tag = NETWORK_TAG.exec(prompt);
  if (!tag) return;
  // Those of LoRAs are taken out of a schedule's prompts before.
  throw new ScheduleError(`found the network tag ${excerpt(tag[0])}, which comes in a later version`, {
    hint: "remove the tag",
  });
}
