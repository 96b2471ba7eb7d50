/** Shares the rows of a picture out among this thread and helpers that have the same memory. */

import { availableParallelism } from "node:os";
import { isMainThread, Worker } from "node:worker_threads";
import {
  bytesAt,
  copyNumbers,
  floatsAt,
  kernelMemory,
  kernelModule,
  kernels,
  lendMemory,
  roundUp,
} from "./kernels.ts";
import { placeOf } from "./picture-room.ts";

export interface RowJob {
  readonly kernel: keyof typeof KERNELS;
  /** Place of what the kernel needs to know. */
  readonly settings: number;
  readonly rows: number;
  /** Rows that are worth being taken at a time. */
  readonly bandRows: number;
  /** Of output. */
  readonly rowBytes: number;
  /** Memory that each thread needs for itself. */
  readonly scratchBytes: number;
  /** What is copied to `place` while the upper rows are begun, unless it lies there: as many rows as the output has. */
  readonly picture?: { readonly data: Float32Array; readonly place: number };
  /** Place of the output, whose rows are whole steps of 64 bytes; not given: bands are handed over elsewhere. */
  readonly output?: number | undefined;
}

/** Numbers as in assembly/crew.ts. */
const KERNELS = { warp: 0, blur: 1, moveNet: 2, lookUpNet: 3, drawNet: 4, shrink: 5, convertLab: 6 } as const;
const MOST_BANDS = 1024;

/**
 * Runs a kernel over all rows. Each band of rows is handed to `use` on this thread as soon as it is done, in any order; its memory may be
 * overwritten afterwards. Which thread did a band makes no difference to its bits.
 *
 * @param use first row of the band, how many rows there are, and the place of its `rows * rowBytes` bytes
 */
export function shareRows(job: RowJob, use: (row: number, rows: number, place: number) => void): void {
  const { kernel, settings, rows, rowBytes, picture } = job;
  const bandRows = Math.max(job.bandRows, Math.ceil(rows / MOST_BANDS));
  const bands = Math.ceil(rows / bandRows);
  // Kernels work in steps of 64 bytes.
  const isInPlace = job.output !== undefined;
  const bandBytes = isInPlace ? bandRows * rowBytes : roundUp(bandRows * rowBytes, 64) + 64;
  const scratchBytes = roundUp(job.scratchBytes, 64) + 64;
  const sizes = [isInPlace ? 0 : (bands + 1) * bandBytes, (1 + HELPERS) * scratchBytes];
  lendMemory(sizes, (lent, scratch) => {
    // This thread uses the place of its last band again, which is still in its cache: each band is handed over before the next.
    const [output, reused] = isInPlace ? [job.output, 0] : [lent + bandBytes, lent];
    const hand = (band: number, thread: number): void => {
      const row = band * bandRows;
      use(row, Math.min(bandRows, rows - row), kernels.outputOf(band, thread));
    };
    const helped = rows * rowBytes >= LEAST_BYTES && HELPERS > 0;
    if (helped) startHelpers();
    const arriving = picture && placeOf(picture.data) !== picture.place ? picture : null;
    kernels.beginJob(
      KERNELS[kernel],
      settings,
      rows,
      bandRows,
      output,
      bandBytes,
      reused,
      scratch,
      scratchBytes,
      arriving ? 0 : rows,
      helped,
    );
    if (arriving) copyIn(arriving, rows);
    const others: number[] = [];
    let last = -1;
    for (let band = kernels.takeBand(); band >= 0; band = kernels.takeBand()) {
      while (++last < band) others.push(last);
      kernels.doBand(band, 0);
      hand(band, 0);
      while (others.length > 0 && kernels.isBandDone(others[0]!) !== 0) hand(others.shift()!, 1);
    }
    while (++last < bands) others.push(last);
    for (const band of others) {
      awaitBand(band);
      hand(band, 1);
    }
  });
}

/**
 * {@link shareRows} into numbers of our own, or of the kernels' memory.
 *
 * @param output all rows, one after the other; they need not be set
 */
export function fillRows(
  job: Omit<RowJob, "rowBytes" | "output">,
  output: Float32Array | Float64Array | Uint8Array,
): void {
  const rowBytes = output.byteLength / job.rows;
  const home = output instanceof Float32Array && rowBytes % 64 === 0 ? placeOf(output) : null;
  if (home !== null) return shareRows({ ...job, rowBytes, output: home }, () => {});
  const bytes = new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
  shareRows({ ...job, rowBytes }, (row, rows, place) =>
    copyNumbers(bytesAt(place, rowBytes * rows), bytes.subarray(rowBytes * row)),
  );
}

/** Rows of a picture that are copied before the next ones are announced. */
const ARRIVING = 128;

function copyIn({ data, place }: NonNullable<RowJob["picture"]>, rows: number): void {
  const length = data.length / rows;
  for (let row = 0; row < rows; row += ARRIVING) {
    const last = Math.min(rows, row + ARRIVING);
    const part = data.subarray(length * row, length * last);
    copyNumbers(part, floatsAt(place + 4 * length * row, part.length));
    kernels.announceRows(last);
  }
}

/** Below this many bytes of output a job is done before a helper is awake. */
const LEAST_BYTES = 1 << 20;

/** More would wait for memory rather than for the processor. */
const MOST_HELPERS = 3;
const HELPERS = isMainThread ? Math.min(MOST_HELPERS, availableParallelism() - 1) : 0;

let started = false;

/** Makes the helpers, once, and does not wait for them: whoever is there takes part. */
function startHelpers(): void {
  if (started) return;
  started = true;
  for (let thread = 1; thread <= HELPERS; thread++) startHelper(thread);
}

/** As text, so that it is the same program for a thread whether this file is compiled or not. */
const HELPER = `
  const { module, memory, thread } = require("node:worker_threads").workerData;
  new WebAssembly.Instance(module, { env: { memory } }).exports.help(thread);
`;

function startHelper(thread: number): void {
  const worker = new Worker(HELPER, {
    eval: true,
    execArgv: [],
    workerData: { module: kernelModule, memory: kernelMemory, thread },
    // It runs nothing but kernels.
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  worker.unref();
  // Without helpers this thread does all of the work; nothing else changes.
  worker.on("error", () => {});
}

const SECOND = 1_000_000_000n;

/** A band takes a thread well below a millisecond; minutes pass where the whole machine stands still. */
const MOST_SECONDS = 120;

function awaitBand(band: number): void {
  for (let second = 0; second < MOST_SECONDS; second++) {
    if (kernels.awaitBand(band, SECOND) !== 0) return;
  }
  throw new Error("a thread that works on a picture's rows does not answer");
}
