import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ModelError, SettingsError } from "../../src/errors.ts";
import { examine } from "./examine.ts";

const PLACE = "file.onnx";

async function problemOf(
  read: (input: string) => unknown,
  memoryBytes?: number,
): Promise<string | undefined> {
  const surface = {
    name: "own",
    title: "own",
    inputs: fc.constant(""),
    read,
    isLocated: ({ where }: { readonly where: string | undefined }) => where === PLACE,
    ...(memoryBytes !== undefined && { memoryBytes }),
  };
  const { problem } = await examine(surface, "an input");
  return problem;
}

function refusing(message: string, cause?: unknown) {
  return () => {
    throw new ModelError(message, { where: PLACE, cause });
  };
}

function unplaced(): never {
  throw new SettingsError([{ location: "", path: "", message: "expected a number, found a text" }]);
}

/** More than a second of processor time. */
function busy(): void {
  let mixed = 0;
  for (const start = spent(); spent() - start < 1.1;)
    for (let i = 0; i < 1e6; i++) mixed = (mixed * 31 + i) | 0;
}

function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

describe("a case", () => {
  it("is fine when it is read, or refused with its place", async () => {
    expect(await problemOf(() => 1)).toBeUndefined();
    expect(await problemOf(refusing("expected a file, found a folder"))).toBeUndefined();
  });

  it("fails when something else is thrown, or hidden behind an error of ours", async () => {
    expect(await problemOf(() => JSON.parse("{"))).toMatch(/^crashed: SyntaxError/);
    const endless = (): number => 1 + endless();
    expect(await problemOf(endless)).toMatch(/^crashed: RangeError/);
    const hidden = new RangeError("Maximum call stack size exceeded");
    expect(await problemOf(refusing("the file is damaged", hidden))).toMatch(/^hid a crash: RangeError/);
  });

  it("fails when its message has no place, no words, no end, or orders for a terminal", async () => {
    expect(await problemOf(unplaced)).toMatch(/^did not say where/);
    expect(await problemOf(refusing("a".repeat(5000)))).toMatch(/^said 50\d\d characters/);
    expect(await problemOf(refusing("found \u001b[2J in the file"))).toMatch(/^told a terminal/);
    expect(await problemOf(refusing("expected a name, found undefined"))).toMatch(/^said /);
    expect(await problemOf(refusing("expected a name, found [object Object]"))).toMatch(/^said /);
  });

  it("fails when it takes more than a second both times, or much memory", async () => {
    expect(await problemOf(busy)).toMatch(/^took \d+ ms/);
    let runs = 0;
    expect(await problemOf(() => (runs++ === 0 ? busy() : undefined))).toBeUndefined();
    const kept: Buffer[] = [];
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    const freeBytes = peakBytes - process.memoryUsage.rss();
    const greedy = () => kept.push(Buffer.alloc(freeBytes + 128 * 1024 * 1024, 1));
    expect(await problemOf(greedy, 16 * 1024 * 1024)).toMatch(/^took \d+ MiB/);
  });
});

it("a process whose case has no end is ended, and its input printed", () => {
  const folder = mkdtempSync(join(tmpdir(), "animate-fuzz-"));
  try {
    const inputFile = join(folder, "own.json");
    writeFileSync(inputFile, '"the culprit"\n');
    const program = `
      const { Worker } = require("node:worker_threads");
      const counter = new Int32Array(new SharedArrayBuffer(4));
      const workerData = { counter, inputFile: ${JSON.stringify(inputFile)}, surface: "own", limitMilliseconds: 300 };
      const worker = new Worker(${JSON.stringify(fileURLToPath(new URL("watchdog.mjs", import.meta.url)))}, { workerData });
      worker.on("online", () => { for (;;); });`;
    const { signal, stderr } = spawnSync(process.execPath, ["-e", program], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(stderr).toContain("own: case 0 was not over");
    expect(stderr).toContain("the culprit");
    expect(signal).toBe("SIGKILL");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
