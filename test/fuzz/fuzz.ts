/** The test of a surface: first its corpus, then new cases. */

import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputExtension, keepInput, keptInputs } from "./corpus.ts";
import { examine, type Examined } from "./examine.ts";
import type { FuzzInput, Surface } from "./surface.ts";
import { type Watch, watchCases } from "./watch.ts";

/** Cases of a surface that has no number of its own. */
const CASES = 10_000;
/** Of defects of one surface; more of them hardly say more. */
const MAX_FINDINGS = 10;
const MAX_SHOWN = 2000;

const SEED = Number(process.env["FUZZ_SEED"] ?? 8);
/** For a surface of the usual size; others grow with it. */
const FACTOR = Number(process.env["FUZZ_CASES"] ?? CASES) / CASES;
/** Set by the long run: every defect instead of the first, each kept in the corpus, and figures of the run. */
const IS_LONG = process.env["FUZZ_LONG"] !== undefined;

/** How many cases a run has. In the long one no surface has fewer than 10,000, however slow it is. */
function countCases({ cases = CASES }: Pick<Surface, "cases">): number {
  const least = IS_LONG ? Math.min(CASES, CASES * FACTOR) : 1;
  return Math.max(least, Math.round(cases * FACTOR));
}

/** Declares the tests of a surface: the inputs of its corpus, and new ones from the run's seed. */
export function fuzz<Input extends FuzzInput>(surface: Surface<Input>): void {
  const cases = countCases(surface);
  const kept = keptInputs(surface.name);
  describe(`${surface.title} are read or refused with their places`, () => {
    if (kept.length > 0)
      it(`${kept.length} that were once a defect`, async () => {
        for (const { name, input } of kept) {
          const { problem, cause } = await examine(surface, input as Input);
          if (problem !== undefined) throw new Error(`corpus/${surface.name}/${name} ${problem}`, { cause });
        }
      });

    it(`${cases} new ones from seed ${SEED}, none in more than a second`, async () => {
      const tally = new Tally();
      const findings = await search(surface, cases, tally);
      if (IS_LONG)
        process.stdout.write(
          `${surface.name}: ${cases} cases, ${tally.describe()}, ${findings.length} defects\n`,
        );
      if (findings.length > 0)
        throw new Error(findings.map(describeFinding).join("\n\n"), { cause: findings[0]!.cause });
      const { read = 10, refused = 10 } = surface.least ?? {};
      expect(tally.read).toBeGreaterThanOrEqual(Math.floor((read * cases) / 10_000));
      expect(tally.refused).toBeGreaterThanOrEqual(Math.floor((refused * cases) / 10_000));
    }, 3_600_000);
  });
}

interface Finding {
  readonly surface: string;
  readonly input: FuzzInput;
  readonly problem: string;
  readonly cause: unknown;
  /** What fast-check needs to come here again. */
  readonly seed: number;
  readonly path: string | null;
  /** Where it was kept. */
  readonly file: string | undefined;
}

async function search<Input extends FuzzInput>(
  surface: Surface<Input>,
  cases: number,
  tally: Tally,
): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (let left = cases, seed = SEED; left > 0 && findings.size < (IS_LONG ? MAX_FINDINGS : 1); seed++) {
    let last: Examined | undefined;
    let watch: Watch | undefined;
    const property = fc.asyncProperty(surface.inputs, async (input) => {
      watch ??= watchCases(surface.name, inputExtension(input), IS_LONG ? corpusFolder(surface) : undefined);
      watch.begin(input);
      const examined = await examine(surface, input);
      tally.add(examined);
      if (examined.problem === undefined || findings.has(kindOf(examined))) return true;
      last = examined;
      return false;
    });
    const { failed, numRuns, counterexample, counterexamplePath } = await fc.check(property, {
      seed,
      numRuns: left,
    });
    await watch?.close();
    left -= numRuns;
    if (!failed || counterexample === null || last?.problem === undefined) continue;
    const [input] = counterexample;
    // Shrinking may have ended with a case that passed; the one to tell about is the smallest that failed.
    const { problem = last.problem, cause = last.cause } = await examine(surface, input);
    const file = IS_LONG ? keepInput(surface.name, input) : undefined;
    findings.set(kindOf({ problem, cause }), {
      surface: surface.name,
      input,
      problem,
      cause,
      seed,
      path: counterexamplePath,
      file,
    });
  }
  return [...findings.values()];
}

/** Figures of a run; the tries of fast-check to make a failing input smaller count, too. */
class Tally {
  read = 0;
  refused = 0;
  slowest = 0;

  add({ outcome, milliseconds }: Examined): void {
    if (outcome === "read") this.read++;
    if (outcome === "refused") this.refused++;
    this.slowest = Math.max(this.slowest, milliseconds);
  }

  describe(): string {
    return `${this.read} read, ${this.refused} refused, slowest ${this.slowest.toFixed(0)} ms`;
  }
}

/** The same for inputs that hit the same defect: the kind of error and where in our sources; else what happened, without values. */
function kindOf({ problem = "", cause }: Pick<Examined, "problem" | "cause">): string {
  const place = cause instanceof Error ? /\/src\/[^\s)]+/.exec(cause.stack ?? "")?.[0] : undefined;
  if (place !== undefined && problem.startsWith("crashed")) return `${place} ${(cause as Error).name}`;
  return `${place ?? ""} ${problem.replaceAll(/[^a-z ]/gi, "").slice(0, 40)}`;
}

function describeFinding({ surface, input, problem, seed, path, file }: Finding): string {
  const shown = typeof input === "string" ? JSON.stringify(input) : Buffer.from(input).toString("base64");
  const cut = shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}… (${input.length} in all)` : shown;
  const kept = file === undefined ? "" : `\n  kept as ${file}`;
  return `${surface} ${problem}\n  seed ${seed}, path ${path}${kept}\n  input ${cut}`;
}

function corpusFolder({ name }: Pick<Surface, "name">): string {
  return fileURLToPath(new URL(`corpus/${name}/`, import.meta.url));
}
