/** Prompts of a settings file, with the texts that stand before and behind all of them. */

import { describeValue } from "../settings/describe-value.ts";
import type { Draft } from "./draft.ts";
import { readJson } from "./json-reader.ts";
import { plainJson } from "./json-node.ts";
import { holdsNegative, holdsPositive } from "./merged-prompts.ts";

/**
 * Deforum puts the positive box before every prompt and the negative one behind it; ours are `positive_prompt` and `negative_prompt`. A file
 * that was saved by a run holds prompts with both texts in them already, which are not added twice.
 */
export function carryPrompts(draft: Draft): void {
  const prompts = withNegatives(readTexts(draft, "prompts"), readTexts(draft, "neg_prompts"));
  const texts = [...prompts.values()];
  const before = draft.text("animation_prompts_positive", "");
  const behind = draft.text("animation_prompts_negative", "").replaceAll("--neg", "").trim();
  if (texts.length === 0)
    draft.note("lost", "prompts", "are missing: the pictures show whatever the model likes");
  const isMerged = holdsPositive(texts, before);
  // A box with --neg in it makes all that follows negative, the prompt too: as one text with the prompt it means what it meant there.
  const lead = before.includes("--neg") && !isMerged ? `${before} ` : "";
  const ours = texts.length === 0 ? [["0", lead] as const] : [...prompts];
  draft.set("prompts", Object.fromEntries(ours.map(([frame, text]) => [frame, `${lead}${text}`])), "prompts");
  for (const [frame] of ours) draft.setPlaceOfPrompt(frame, lead.length);
  if (before !== "" && !isMerged && lead === "") {
    const { value } = draft.file.field("animation_prompts_positive", "");
    draft.set("positive_prompt", before, "animation_prompts_positive", -String(value).indexOf(before));
  }
  if (behind !== "" && !holdsNegative(texts, behind))
    draft.set("negative_prompt", behind, "animation_prompts_negative");
}

/** Frame → text. Lists, which the notebook has, count from frame 0; a JSON text inside the file is opened. */
function readTexts(draft: Draft, field: string): Map<string, string> {
  const found = draft.file.field(field, {}).value;
  const value = typeof found === "string" ? opened(found) : found;
  if (typeof value === "string") return new Map([["0", value]]);
  if (typeof value !== "object" || value === null) {
    draft.misread(field, "prompts by frame", {});
    return new Map();
  }
  if (Array.isArray(value) && value.length > 1)
    draft.note(
      "changed",
      field,
      "is a list: its texts are taken for frames 0, 1, 2 …; write the frames that you mean",
    );
  const texts = new Map<string, string>();
  for (const [frame, text] of Object.entries(value)) {
    if (typeof text === "string") texts.set(frame.trim(), text);
    else
      draft.note(
        "changed",
        field,
        `expected text at frame ${frame.slice(0, 20)}, found ${describeValue(text)}: left out`,
      );
  }
  texts.delete("");
  return texts;
}

/** What a JSON text holds, or the text itself. */
function opened(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text;
  const read = readJson(text);
  return "node" in read ? plainJson(read.node) : text;
}

/** The notebook has negative prompts of their own frames: each frame that either of the two names gets both. */
function withNegatives(
  prompts: ReadonlyMap<string, string>,
  negatives: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  if (negatives.size === 0) return prompts;
  const frames = [...new Set([...prompts.keys(), ...negatives.keys()])].toSorted(
    (a, b) => Number(a) - Number(b),
  );
  const merged = new Map<string, string>();
  let positive = prompts.values().next().value ?? "";
  let negative = "";
  for (const frame of frames) {
    positive = prompts.get(frame) ?? positive;
    negative = negatives.get(frame) ?? negative;
    merged.set(frame, negative === "" ? positive : `${positive} --neg ${negative}`);
  }
  return merged;
}
