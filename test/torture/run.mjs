/**
 * Renders under torture, for as long as you like:
 *
 *     npm run build && npm run torture -- --kills 500 --corruptions 1000 --seed 3
 *     npm run torture -- --only damage
 *
 * The same tests as in the suite, with larger counts (test/torture/sizes.ts). Prints the seed, and at the end a table of what came out; after
 * a failure the folder of the render stays, and the message says where.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const LONG = {
  kills: 500,
  corruptions: 1000,
  faults: 1_000_000,
  "full-disks": 20,
  "encoder-deaths": 100,
  "inference-deaths": 50,
  "memory-deaths": 50,
  "power-cuts": 100,
  seed: 8,
};

const options = Object.fromEntries(Object.keys(LONG).map((name) => [name, { type: "string" }]));
const { values } = parseArgs({ options: { ...options, only: { type: "string", default: "" } } });
const asked = Object.entries(LONG).map(([name, size]) => [
  name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()),
  Number(values[name] ?? size),
]);
const sizes = Object.fromEntries(asked);

const folder = await mkdtemp(join(tmpdir(), "animate-torture-table-"));
const table = join(folder, "table.ndjson");
console.log(`torture: ${JSON.stringify(sizes)}`);
const vitest = spawn(
  process.execPath,
  [
    fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url)),
    "run",
    `test/survival-${values.only}`,
    "--reporter=verbose",
  ],
  {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { ...process.env, TORTURE: JSON.stringify(sizes), TORTURE_TABLE: table },
    stdio: "inherit",
  },
);
process.exitCode = await new Promise((resolve) => vitest.once("exit", (code) => resolve(code ?? 1)));

const rows = (await readFile(table, "utf8").catch(() => "")).split("\n").filter(Boolean);
const figures = rows.map((row) => JSON.parse(row));
console.table(Object.fromEntries(figures.map(({ name, figures: columns }) => [name, columns])));
await rm(folder, { recursive: true });
