/**
 * Work on a picture's rows, shared out in bands among threads that have the same memory: each takes the next band as soon as it is free.
 *
 * A band can only be taken while its job lasts, because number of the job and bands left are one word that is compared and exchanged. The job
 * lasts until its last band is done, so whoever has taken one finds what it needs where it was.
 */

import { announceRows } from "./arrival";
import { Blur, blurRows } from "./blur";
import { convertRows, LabMove } from "./lab";
import { lookUpNet, moveNet, NetMove } from "./net";
import { drawNet, NetPicture } from "./net-picture";
import { Shrink, shrinkRows } from "./shrink";
import { Warp, warpRows } from "./warp";

// Places in the first page, each in a cache line of its own.
/** i64: number of the job in the upper half, bands that are left in the lower. */
const TICKET: usize = 1024;
/** i32: changes when there is work. */
const BELL: usize = 1088;
const JOB: usize = 1152;
/** i32 per band, 1024 at most: the number of the job in which the band was done last. */
const DONE: usize = 2048;

/** Turns of a loop that a helper goes on looking before it sleeps, because waking up takes longer than most pauses between two jobs. */
const PATIENCE = 4_000;

/** Kernels that can be shared out, as in ../share-rows.ts. */
const WARP = 0;
const BLUR = 1;
const MOVE_NET = 2;
const LOOK_UP_NET = 3;
const DRAW_NET = 4;
const SHRINK = 5;

@unmanaged
class Job {
  /** Number of the kernel, see above. */
  kernel: i32;
  settings: usize;
  rows: i32;
  bandRows: i32;
  bands: i32;
  output: usize;
  /** From the output of one band to that of the next. */
  bandBytes: usize;
  /** Where thread 0 puts all of its bands, one after the other; 0 = where the others would. */
  reused: usize;
  /** Of thread 0. */
  scratch: usize;
  /** From one thread's scratch memory to the next one's. */
  scratchBytes: usize;
}

// @ts-ignore: decorator
@inline
function job(): Job {
  return changetype<Job>(JOB);
}

function callHelpers(): void {
  atomic.add<i32>(BELL, 1);
  atomic.notify(BELL, -1);
}

/**
 * Begins a job. The one before must be done.
 *
 * @param reused place of all bands of thread 0, 0 = none
 * @param arrived rows of its picture that are there already
 * @param helped whether helpers are to be called
 */
export function beginJob(
  kernel: i32,
  settings: usize,
  rows: i32,
  bandRows: i32,
  output: usize,
  bandBytes: usize,
  reused: usize,
  scratch: usize,
  scratchBytes: usize,
  arrived: i32,
  helped: bool,
): void {
  const next = job();
  next.kernel = kernel;
  next.settings = settings;
  next.rows = rows;
  next.bandRows = bandRows;
  next.bands = (rows + bandRows - 1) / bandRows;
  next.output = output;
  next.bandBytes = bandBytes;
  next.reused = reused;
  next.scratch = scratch;
  next.scratchBytes = scratchBytes;
  announceRows(arrived);
  atomic.store<i64>(TICKET, (<i64>(jobNumber() + 1) << 32) | <i64>next.bands);
  if (helped) callHelpers();
}

// @ts-ignore: decorator
@inline
function jobNumber(): i32 {
  return <i32>(atomic.load<i64>(TICKET) >> 32);
}

/** Takes the next band; −1 when none is left. */
export function takeBand(): i32 {
  let ticket = atomic.load<i64>(TICKET);
  while (<i32>ticket > 0) {
    const seen = atomic.cmpxchg<i64>(TICKET, ticket, ticket - 1);
    if (seen == ticket) return job().bands - <i32>ticket;
    ticket = seen;
  }
  return -1;
}

/** Where a band's output is. */
export function outputOf(band: i32, thread: i32): usize {
  const reused = job().reused;
  return thread == 0 && reused != 0 ? reused : job().output + job().bandBytes * band;
}

/** Does a band that was taken, on thread `thread`. */
export function doBand(band: i32, thread: i32): void {
  const present = job();
  const first = band * present.bandRows;
  const last = min(first + present.bandRows, present.rows);
  const output = outputOf(band, thread);
  const scratch = present.scratch + present.scratchBytes * thread;
  const settings = present.settings;
  const kernel = present.kernel;
  if (kernel == WARP) warpRows(changetype<Warp>(settings), first, last, output, scratch);
  else if (kernel == BLUR) blurRows(changetype<Blur>(settings), first, last, output, scratch);
  else if (kernel == MOVE_NET) moveNet(changetype<NetMove>(settings), first, last, output, scratch);
  else if (kernel == LOOK_UP_NET) lookUpNet(changetype<NetMove>(settings), first, last, output);
  else if (kernel == DRAW_NET) drawNet(changetype<NetPicture>(settings), first, last, output);
  else if (kernel == SHRINK) shrinkRows(changetype<Shrink>(settings), first, last, output, scratch);
  else convertRows(changetype<LabMove>(settings), first, last, output);
  atomic.store<i32>(DONE + 4 * band, jobNumber());
  atomic.notify(DONE + 4 * band, 1);
}

/** Whether the band has been done. */
export function isBandDone(band: i32): bool {
  return atomic.load<i32>(DONE + 4 * band) == jobNumber();
}

/** Whether the band has been done, after `nanoseconds` at most. */
export function awaitBand(band: i32, nanoseconds: i64): bool {
  for (let turn = 0; turn < PATIENCE; turn++) if (isBandDone(band)) return true;
  const seen = atomic.load<i32>(DONE + 4 * band);
  if (seen != jobNumber()) atomic.wait<i32>(DONE + 4 * band, seen, nanoseconds);
  return isBandDone(band);
}

/** What a helper does all its life. */
export function help(thread: i32): void {
  for (;;) {
    const heard = atomic.load<i32>(BELL);
    for (let turn = 0; turn < PATIENCE && atomic.load<i32>(BELL) == heard; turn++) {
      for (let band = takeBand(); band >= 0; band = takeBand()) {
        doBand(band, thread);
        turn = 0;
      }
    }
    atomic.wait<i32>(BELL, heard, -1);
  }
}
