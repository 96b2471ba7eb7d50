/** Tidies prompt text before it is cut into tokens, as CLIP's own tokenizer does by the Python library ftfy. */

/** Invisible characters without meaning for a picture: control characters, byte order mark, annotation marks. */
// oxlint-disable-next-line no-control-regex -- matching control characters is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;
const SINGLE_QUOTES = /[\u02bc\u2018-\u201b]/g;
const DOUBLE_QUOTES = /[\u201c-\u201f]/g;
/** ﬁ, ﬂ, ĳ and the like. */
const LATIN_LIGATURES = /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]/g;
/** Latin letters as wide as Chinese ones, Japanese letters half as wide, and the wide space. */
const WIDTH_VARIANTS = /[\u3000\uff01-\uffef]/g;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi;
const NAMED_ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["nbsp", "\u00a0"],
]);

/**
 * Straight quotes, plain ligatures and widths, HTML entities resolved (unless the text has a `<`, as real HTML would), control characters
 * removed. Source of the rules: ftfy 6 (behavior). Left out: ftfy's guess at text that was decoded with a wrong character set.
 */
export function cleanText(text: string): string {
  const plain = text.includes("<") ? text : text.replace(ENTITY, resolveEntity);
  return plain
    .replace(LATIN_LIGATURES, (letter) => letter.normalize("NFKC"))
    .replace(WIDTH_VARIANTS, (letter) => letter.normalize("NFKC"))
    .replace(SINGLE_QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .replace(CONTROL_CHARACTERS, "");
}

function resolveEntity(entity: string, decimal?: string, hexadecimal?: string, name?: string): string {
  if (name !== undefined) return NAMED_ENTITIES.get(name.toLowerCase()) ?? entity;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? "", 16) : Number(decimal);
  return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : entity;
}
