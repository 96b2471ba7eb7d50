/**
 * The long run: every surface with more cases from a seed of its own; what it finds stays in the corpus.
 *
 *     npm run fuzz -- [--cases 100000] [--seed 5] [surface file …]
 */

import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CORPUS = fileURLToPath(new URL("corpus/", import.meta.url));

const { values, positionals } = parseArgs({
  options: { cases: { type: "string", default: "100000" }, seed: { type: "string" } },
  allowPositionals: true,
});
const seed = values.seed ?? String(randomInt(1_000_000_000));
const inputs = mkdtempSync(join(tmpdir(), "animate-fuzz-"));
const files = positionals.length === 0 ? ["test/fuzz/"] : positionals.map((name) => `test/fuzz/${name}`);

process.stdout.write(`seed ${seed}, ${values.cases} cases for a surface of 10,000 in the suite\n`);
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...files],
  {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, FUZZ_LONG: "1", FUZZ_SEED: seed, FUZZ_CASES: values.cases, FUZZ_INPUTS: inputs },
  },
);

// A process that dies, as one out of memory does, leaves the input at hand.
for (const name of readdirSync(inputs)) {
  const surface = name.slice(0, -extname(name).length);
  const kept = join(CORPUS, surface, `death-${seed}${extname(name)}`);
  mkdirSync(join(CORPUS, surface), { recursive: true });
  copyFileSync(join(inputs, name), kept);
  process.stdout.write(`the process of ${surface} died; the input is kept as ${kept}\n`);
}
rmSync(inputs, { recursive: true });
process.exitCode = status ?? 1;
