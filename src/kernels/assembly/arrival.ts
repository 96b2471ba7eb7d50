/** How much of a picture has been copied in: work on its upper rows begins while the lower ones are on their way. */

/** i32: rows that are there. In the first page, in a cache line of its own. */
const ARRIVED: usize = 1216;

/** Turns of a loop before a thread sleeps: rows arrive faster than it would wake up. */
const PATIENCE = 4_000;

/** Tells whoever waits that there are now this many rows. */
export function announceRows(rows: i32): void {
  atomic.store<i32>(ARRIVED, rows);
  atomic.notify(ARRIVED, -1);
}

export function rowsArrived(): i32 {
  return atomic.load<i32>(ARRIVED);
}

/** Waits until there are at least `rows`; returns how many there are. */
export function awaitRows(rows: i32): i32 {
  for (let turn = 0; turn < PATIENCE; turn++) {
    const arrived = rowsArrived();
    if (arrived >= rows) return arrived;
  }
  let arrived = rowsArrived();
  while (arrived < rows) {
    atomic.wait<i32>(ARRIVED, arrived, -1);
    arrived = rowsArrived();
  }
  return arrived;
}
