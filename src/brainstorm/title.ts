/** A title as its author wrote it → words that are safe in a prompt, and a name for the folder. */

import { createHash } from "node:crypto";
import { SettingsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** Characters of a folder's name. */
const MAX_SLUG = 60;

/** What a prompt or a template would read as syntax: emphasis, tags, formulas, alternation, placeholders, escapes. */
const SYNTAX = /[()[\]{}<>|\\`]|--+/g;
/** Controls, zero-width and direction marks, line breaks, lone surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Words that join prompts or cut them. */
const COMMANDS = /(?<![\p{L}\p{N}_])(?:AND|BREAK)(?![\p{L}\p{N}_])/gu;

/**
 * The words of a title, on one line. A title is never read as prompt syntax: `<lora:…>`, brackets and formulas become spaces, a colon a comma.
 *
 * @throws SettingsError for a title without words, or of more than 300 characters
 */
export function plainTitle(title: string): string {
  if (title.length > LIMITS.brainstorm.titleCharacters) {
    refuse(
      `expected a title of at most ${LIMITS.brainstorm.titleCharacters} characters, found ${title.length}`,
      "a title is a line; write prompts of your own with --prompt",
    );
  }
  const words = title
    .replaceAll(INVISIBLE, " ")
    .replaceAll(SYNTAX, " ")
    .replaceAll(/\s*:(?:\s+|$)/g, ", ")
    .replaceAll(":", " ")
    .replaceAll(COMMANDS, (command) => command.toLowerCase())
    .replaceAll(/\s+/g, " ")
    .replaceAll(/^[\s,]+|[\s,]+$/g, "");
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(words)) {
    refuse(
      "expected a title with words, found none",
      'write what the video is called, such as --title "baby in a space suit"',
    );
  }
  return words;
}

/** The title as a folder's name: `baby-in-a-space-suit`; of a title without Latin letters or digits `title-` and a few digits of its hash. */
export function titleSlug(title: string): string {
  const latin = title.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const slug = latin
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_SLUG)
    .replaceAll(/^-+|-+$/g, "");
  return slug === "" ? `title-${createHash("sha256").update(title).digest("hex").slice(0, 8)}` : slug;
}

function refuse(message: string, hint: string): never {
  throw new SettingsError([{ location: "--title", path: "", message, hint }]);
}
