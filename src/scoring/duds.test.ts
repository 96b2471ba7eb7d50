/** The benchmark of the duds on a few pictures: every kind is told from good frames, or the thresholds have rotted. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);

interface Figures {
  readonly duds: number;
  readonly good: number;
  /** Area under the ROC curve. */
  readonly auc: number;
  /** Share of the duds that are rejected. */
  readonly found: number;
  readonly falselyRejected: number;
}

const KINDS = [
  "black",
  "white",
  "flat",
  "blurred",
  "noise",
  "burned-out",
  "letterbox",
  "interlaced",
  "transition",
];

it("the built package tells duds of every kind from good frames", async () => {
  const script = fileURLToPath(new URL("../../bench/thumbnails/duds.mjs", import.meta.url));
  const { stdout } = await run(process.execPath, [script, "--quick"], { timeout: 120_000 });
  const figures = JSON.parse(stdout) as Record<string, Figures>;
  for (const kind of KINDS) {
    const { auc, found, duds } = figures[kind]!;
    expect(duds, kind).toBeGreaterThanOrEqual(12);
    expect(auc, kind).toBeGreaterThanOrEqual(0.98);
    expect(found, kind).toBeGreaterThanOrEqual(0.75);
  }
  expect(figures["any of a frame"]!.falselyRejected).toBeLessThanOrEqual(0.07);
}, 130_000);
