/** Where a window on an axis stands so that its ends cut nothing that is to be kept. */

/** What is to be kept, in whole pixels of the axis. */
export interface KeptExtent {
  readonly from: number;
  readonly to: number;
  /** Pixels that are to be free on both sides where there is room. */
  readonly before: number;
  readonly after: number;
}

export interface Window {
  readonly start: number;
  readonly length: number;
  /** Length of the axis. */
  readonly limit: number;
}

/** Of something longer than the window: its beginning with the room before it, because heads are on top, or any part of it. */
export type Overlong = "beginning" | "any part";

/** Starts of the window, both included. */
interface Starts {
  readonly from: number;
  readonly to: number;
}

/**
 * The start that is nearest to the window's own. One after the other, the most important first, each is held whole if that cuts none before it;
 * if not, it is left out whole where that can be. Those that are held share the room that the window has beside them.
 */
export function keepWhole(window: Window, kept: readonly KeptExtent[], overlong: Overlong): number {
  const { start, length, limit } = window;
  let starts: Starts = { from: 0, to: limit - length };
  const held: KeptExtent[] = [];
  for (const extent of kept) {
    const isHeldBy = both(starts, holding(extent, length, overlong));
    if (isHeldBy && extent.to - extent.from <= length) held.push(extent);
    starts = isHeldBy ?? leavingOut(extent, starts, window) ?? starts;
  }
  if (held.length > 0) starts = withRoom(starts, held, length);
  return nearest(start, starts);
}

function holding({ from, to, before }: KeptExtent, length: number, overlong: Overlong): Starts {
  if (to - from <= length) return { from: to - length, to: from };
  if (overlong === "any part") return { from, to: to - length };
  const start = Math.max(0, Math.round(from - before));
  return { from: start, to: start };
}

/** Where the window ends before the extent or begins behind it, whichever is nearer. */
function leavingOut({ from, to }: KeptExtent, starts: Starts, { start, length }: Window): Starts | undefined {
  const sides = [
    both(starts, { from: -Infinity, to: from - length }),
    both(starts, { from: to, to: Infinity }),
  ];
  const distance = (side: Starts) => Math.abs(nearest(start, side) - start);
  return sides.filter((side) => side !== undefined).toSorted((a, b) => distance(a) - distance(b))[0];
}

/** Of these starts the ones that give all that is held the most room. */
function withRoom(starts: Starts, held: readonly KeptExtent[], length: number): Starts {
  const from = Math.min(...held.map((extent) => extent.from));
  const to = Math.max(...held.map((extent) => extent.to));
  const before = Math.max(...held.map((extent) => extent.before));
  const after = Math.max(...held.map((extent) => extent.after));
  const share = Math.min(1, (length - (to - from)) / Math.max(1, before + after));
  const first = Math.round(nearest(to + share * after - length, starts));
  return { from: first, to: Math.max(first, Math.round(nearest(from - share * before, starts))) };
}

function both(a: Starts, b: Starts): Starts | undefined {
  const shared = { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
  return shared.from <= shared.to ? shared : undefined;
}

function nearest(start: number, { from, to }: Starts): number {
  return Math.min(Math.max(start, from), to);
}
