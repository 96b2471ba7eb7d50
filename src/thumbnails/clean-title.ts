/** A title as it can be drawn: one space where there were several, line breaks kept, nothing that a reader would not see. */

/** Controls; formats, of which marks of direction outlive the copying of text and turn it around; halves of characters. Joiners stay: shapers know them. */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Variation_Selector}]/gu;

/** The lines of a title, without empty ones. */
export function titleLines(text: string): string[] {
  return text
    .normalize("NFC")
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").replaceAll(UNSEEN, "").trim())
    .filter((line) => line !== "");
}
