/** The same disorder in every run of the tests. */

/** Advances with every number drawn. */
export interface RandomStream {
  state: number;
}

/** A number of 0 to 1, 1 not included (Lehmer, 48271 modulo 2³¹ − 1). */
export function nextRandom(stream: RandomStream): number {
  stream.state = (stream.state * 48_271) % 2_147_483_647;
  return stream.state / 2_147_483_647;
}

/** Fisher and Yates's shuffle of a copy. */
export function shuffled<Item>(items: readonly Item[], stream: RandomStream): Item[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(nextRandom(stream) * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}
