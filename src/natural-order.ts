/** Names in the order in which people count. */

const NATURAL = new Intl.Collator("en", { numeric: true });

/**
 * For sorting: `frame 9.png` comes before `frame 10.png`, whatever the language of the machine. Names that count the same, as `1.png` and `01.png`
 * do, are in the order of their characters, so that the order in which a disk lists them decides nothing.
 */
export function naturalOrder(a: string, b: string): number {
  return NATURAL.compare(a, b) || (a < b ? -1 : Number(a > b));
}
