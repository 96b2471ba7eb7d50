import { expect, it } from "vitest";

import { SettingsError } from "../errors.ts";
import { randomStream } from "../tensor/random.ts";
import { loadSettings } from "./load.ts";

const RUNS = 10_000;

/** Short, with every notation once, and few frames: a run is about reading, not about evaluating. */
const ORIGINAL = `
name: fuzz
size: { width: 256, height: 256 }
fps: 15
frames: 9
bpm: 120
sampler: DPM++ 2M Karras
prompts: # what is seen
  0: a \`t\` red cape --neg blur
  2b: >-
    a city
    at night
motion:
  translation_x: "0:(0), 3:(15), 6:(15)"
  angle: 'sin(t*3.14/2)**2'
  zoom: &curve
    0s: { value: 1, easing: ease_in_out }
    max_f: 1.018
  fov: |
    0:(70),
    4:(where(t>5, 60, 70))
noise: { amount: 0:(0.05), type: perlin }
feedback: { contrast: *curve }
`;

/** Pieces that mean something to YAML, to schedules or to terminals. */
const SPLINTERS = [
  ..."{}[]:,-?&*!|>'\"%@`#~\\\t\n\r ()0t".split(""),
  "\n---\n",
  "...",
  "<<: *a",
  "&a ",
  "*a",
  "!!binary ",
  "? ",
  "- ",
  ": ",
  "{{{{",
  "[[[[",
  "0:(",
  "30:(1e999)",
  "__proto__: 1",
  "constructor: 1",
  "\u0000",
  "\u001b[2J",
  "\ufeff",
  "\ud800",
  "𝓏",
  "1e999",
  ".inf",
  ".nan",
  "99999999999999999999",
  "-1",
  "1/0",
  "frames: 3\n",
  "seed: -1\n",
  "prompts:\n",
  "motion:\n",
  "  zoom: ",
  "max_f",
  "4b",
  "2s",
  "t**t**t",
  "`t`",
] as const;

it(`gives a located SettingsError or settings for ${RUNS} mutated files, and never hangs`, () => {
  const stream = randomStream(1, "settings fuzz");
  const below = (count: number): number => Math.floor(stream.uniform() * count);
  let refused = 0;
  /** Milliseconds of the processor, which do not depend on what else the machine does. */
  let slowest = 0;
  for (let run = 0; run < RUNS; run++) {
    const text = mutate(ORIGINAL, below);
    const start = process.cpuUsage();
    try {
      loadSettings({ file: "fuzz.yaml", text });
    } catch (error) {
      if (!(error instanceof SettingsError))
        throw new Error(`run ${run} crashed on ${JSON.stringify(text)}`, { cause: error });
      refused++;
      if (!isWellTold(error)) throw new Error(`run ${run}: ${error.message}`, { cause: error });
    }
    const { user, system } = process.cpuUsage(start);
    slowest = Math.max(slowest, (user + system) / 1000);
  }
  // Both outcomes have to occur, or the mutations would prove nothing.
  expect(refused).toBeGreaterThan(RUNS / 2);
  expect(RUNS - refused).toBeGreaterThan(RUNS / 50);
  expect(slowest).toBeLessThan(1000);
}, 180_000);

/** At least one mistake; each with line and column, a sentence, and nothing that a terminal would act on. */
function isWellTold({ problems, message }: SettingsError): boolean {
  const isLocated = problems.every((problem) => /^fuzz\.yaml:[1-9]\d*:[1-9]\d*$/.test(problem.location));
  const hasSentences = problems.every((problem) => problem.message.length > 10);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return problems.length > 0 && isLocated && hasSentences && !/[\u0000-\u0009\u000b-\u001f]/.test(message);
}

type Below = (count: number) => number;

/** One to three changes: a splinter put in, a stretch taken out, doubled, moved or replaced. */
function mutate(original: string, below: Below): string {
  let text = original;
  for (let change = below(3); change >= 0; change--) {
    const start = below(text.length);
    const end = Math.min(text.length, start + below(20));
    const splinter = SPLINTERS[below(SPLINTERS.length)]!;
    const stretch = text.slice(start, end);
    const replacement = [splinter, "", stretch + stretch, splinter + stretch, splinter.repeat(below(80))][
      below(5)
    ]!;
    text = text.slice(0, start) + replacement + text.slice(end);
  }
  return text;
}
