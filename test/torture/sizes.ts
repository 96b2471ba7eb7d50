/** How much is done to renders: little in the test suite, more by `npm run torture`, which sets TORTURE. */

/** What `npm run torture` takes as flags, and how often it is done in the test suite. */
const SUITE = {
  /** Decides every random choice, but not how far a render has come when it is struck. */
  seed: 8,
  kills: 60,
  corruptions: 78,
  /** Calls of the file system that fail, spread over all that a render makes. */
  faults: 6,
  /** Disks that are too small. */
  fullDisks: 3,
  /** Of the encoder. */
  encoderDeaths: 4,
  /** Of the inference process. */
  inferenceDeaths: 3,
  /** Of the inference process, by Linux when memory runs out. */
  memoryDeaths: 2,
  /** Power cuts, out of those after each call of the file system. */
  powerCuts: 4,
};

export type TortureSizes = typeof SUITE;

/** The sizes of this run. @throws TypeError for a size that is no whole number or is not known */
export function tortureSizes(): TortureSizes {
  const asked = JSON.parse(process.env["TORTURE"] ?? "{}") as Record<string, unknown>;
  for (const [name, size] of Object.entries(asked)) {
    if (!(name in SUITE) || !Number.isSafeInteger(size))
      throw new TypeError(`TORTURE: ${name} is ${String(size)}`);
  }
  return { ...SUITE, ...asked };
}

/** Milliseconds for a test that starts `renders` renders on a machine that is busy with others. */
export function patience(renders: number): number {
  return 120_000 + 20_000 * renders;
}
