/** What the results are called: as their pictures, each name once. */

import { extname } from "node:path/posix";

/**
 * The result of each picture, in the order given: its name with the extension of the results. Of pictures that would give one and the same
 * file, as `a.png` and `a.jpg` do, the one that has the extension already keeps its name, and others take theirs whole, `a.jpg.png`. Names
 * that differ only by case are one file on many disks.
 *
 * @param names paths from the folder, parts joined by `/`
 * @param extension with its point
 */
export function outputNames(names: readonly string[], extension: string): string[] {
  const plain = names.map((name) => name.slice(0, name.length - extname(name).length) + extension);
  const counts = new Map<string, number>();
  for (const name of plain) counts.set(fold(name), (counts.get(fold(name)) ?? 0) + 1);
  const taken = new Set<string>();
  const take = (name: string): string => {
    taken.add(fold(name));
    return name;
  };
  // Those whose name is theirs alone come first, then those that had it, and the others find what is left.
  const chosen = new Map<number, string>();
  for (const [index, name] of plain.entries()) {
    if (counts.get(fold(name)) === 1) chosen.set(index, take(name));
  }
  for (const [index, name] of plain.entries()) {
    if (!chosen.has(index) && names[index] === name && !taken.has(fold(name))) chosen.set(index, take(name));
  }
  for (const [index, name] of names.entries()) {
    if (chosen.has(index)) continue;
    let free = name + extension;
    for (let count = 2; taken.has(fold(free)); count++) free = `${name}-${count}${extension}`;
    chosen.set(index, take(free));
  }
  return names.map((_, index) => chosen.get(index)!);
}

function fold(name: string): string {
  return name.toLowerCase().normalize("NFC");
}
