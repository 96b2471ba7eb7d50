import { describe, expect, it } from "vitest";
import { importText, interchangeFixture } from "../../test/support/interchange.ts";
import { readGolden } from "../../test/support/deforum-fixtures.ts";
import { SettingsError } from "../errors.ts";
import { randomStream } from "../tensor/random.ts";

/** 10,000 by `INTERCHANGE_FUZZ_RUNS=10000`; the suite has time for fewer. */
const RUNS = Number(process.env["INTERCHANGE_FUZZ_RUNS"] ?? 600);

/** Short enough to be evaluated often; everything that does something is switched on. */
const EXAMPLE = JSON.stringify(
  {
    ...(JSON.parse(interchangeFixture("example_settings.txt")) as object),
    max_frames: 24,
    enable_steps_scheduling: true,
    enable_clipskip_scheduling: true,
    enable_sampler_scheduling: true,
    enable_ancestral_eta_scheduling: true,
    seed_behavior: "schedule",
    parseq_manifest:
      '{"options": {"output_fps": 20}, "rendered_frames": [{"frame": 0, "zoom": 1}, {"frame": 3, "zoom": 2}]}',
  },
  null,
  1,
);

const SPLINTERS = [
  ..."{}[]:,\"'\\#/*()`%0t\n\u0000\u001b\ufeff\ud800".split(""),
  "null",
  "NaN",
  "Infinity",
  "-1",
  "1e999",
  "99999999999999999999",
  "true",
  "None",
  "[[[[",
  '{"a":',
  "\\u12",
  "\\ud800",
  "0:(",
  "max_f",
  "30:(1e999)",
  "t**t**t",
  "1/0",
  "((((((",
  "where(",
  "--neg",
  "__proto__",
  "constructor",
  "Euler a",
  '"max_frames": 100000,',
  '"W": 1,',
  '"seed": -5,',
  '"prompts": 5,',
  '"rendered_frames": [',
  "/*",
  "//",
] as const;

type Below = (count: number) => number;

function mutate(original: string, below: Below, longest: number): string {
  let text = original;
  for (let change = below(3); change >= 0; change--) {
    const start = below(text.length + 1);
    const end = Math.min(text.length, start + below(longest));
    const splinter = SPLINTERS[below(SPLINTERS.length)]!;
    const stretch = text.slice(start, end);
    const replacement = [splinter, "", stretch + stretch, splinter + stretch, splinter.repeat(below(60))][
      below(5)
    ]!;
    text = text.slice(0, start) + replacement + text.slice(end);
  }
  return text;
}

interface Tally {
  refused: number;
  imported: number;
  /** Milliseconds of the processor, which do not depend on what else the machine does. */
  slowest: number;
}

/** Imports each text; anything but settings or located mistakes is a defect. */
function importAll(texts: Iterable<string>): Tally {
  const tally: Tally = { refused: 0, imported: 0, slowest: 0 };
  for (const text of texts) {
    const start = process.cpuUsage();
    try {
      const { notes } = importText(text);
      tally.imported++;
      expect(notes.every(({ location }) => /^settings\.txt:\d+:\d+$/.test(location))).toBe(true);
    } catch (error) {
      if (!(error instanceof SettingsError))
        throw new Error(`crashed on ${JSON.stringify(text)}`, { cause: error });
      tally.refused++;
      if (!isWellTold(error)) throw new Error(`badly told: ${error.message}`, { cause: error });
    }
    const { user, system } = process.cpuUsage(start);
    tally.slowest = Math.max(tally.slowest, (user + system) / 1000);
  }
  return tally;
}

/** At least one mistake; each with line and column, a sentence, and nothing that a terminal would act on. */
function isWellTold({ problems, message }: SettingsError): boolean {
  const isLocated = problems.every(({ location }) => /^settings\.txt:[1-9]\d*:[1-9]\d*$/.test(location));
  const hasSentences = problems.every((problem) => problem.message.length > 10);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return problems.length > 0 && isLocated && hasSentences && !/[\u0000-\u0009\u000b-\u001f]/.test(message);
}

function* mutants(
  originals: readonly string[],
  wrap: (text: string) => string,
  longest: number,
): Generator<string> {
  const stream = randomStream(originals.length, "interchange fuzz");
  const below = (count: number): number => Math.floor(stream.uniform() * count);
  for (let run = 0; run < RUNS; run++) yield wrap(mutate(originals[run % originals.length]!, below, longest));
}

const wrap = (schedule: string): string =>
  JSON.stringify({
    max_frames: 50,
    prompts: { 0: "a", 9: `b \`${schedule.slice(0, 40)}\`` },
    zoom: schedule,
    strength_schedule: schedule,
    // What is right for numbers is wrong for samplers: not always.
    enable_sampler_scheduling: schedule.length % 8 === 0,
    sampler_schedule: schedule,
  });

describe("settings files from anywhere", () => {
  it(`give settings or mistakes with their places for ${RUNS} mutated files, none in more than a second`, () => {
    const tally = importAll(mutants([EXAMPLE], (text) => text, 40));
    expect(tally.refused).toBeGreaterThan(RUNS / 20);
    expect(tally.imported).toBeGreaterThan(RUNS / 20);
    expect(tally.slowest).toBeLessThan(1000);
    report("files", tally);
  }, 900_000);

  it(`give settings or mistakes with their places for ${RUNS} mutated schedules, none in more than a second`, () => {
    const schedules = readGolden<readonly { schedule: string }[]>("schedules/schedules.json").map(
      ({ schedule }) => schedule,
    );
    const tally = importAll(mutants(schedules, wrap, 12));
    expect(tally.refused).toBeGreaterThan(RUNS / 20);
    expect(tally.slowest).toBeLessThan(1000);
    report("schedules", tally);
  }, 900_000);
});

/** The figures of a long run. */
function report(what: string, { refused, imported, slowest }: Tally): void {
  if (RUNS < 10_000) return;
  process.stdout.write(
    `${what}: ${imported} imported, ${refused} refused, slowest ${slowest.toFixed(0)} ms\n`,
  );
}
