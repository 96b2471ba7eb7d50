import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PICTURES = fileURLToPath(new URL("../../dist/tensor/picture-file.js", import.meta.url));

const COUNT_THREADS = `
const { encodePng } = await import(process.argv[1]);
const { readdirSync, readFileSync } = await import("node:fs");
await encodePng({ width: 64, height: 64, data: new Uint8Array(3 * 64 * 64) });
const count = () => readdirSync("/proc/self/task").filter((task) => readFileSync("/proc/self/task/" + task + "/comm", "utf8") === "libvips worker\\n").length;
// A thread takes its name when it first runs, which on a busy machine is some time after its making.
for (const end = Date.now() + 20_000; count() < 32 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 20));
console.log(count());
`;

it.runIf(process.platform === "linux")("gives libvips all its threads at the start, for good", () => {
  const options = ["--input-type=module", "--eval", COUNT_THREADS, PICTURES];
  expect(execFileSync(process.execPath, options, { encoding: "utf8" })).toBe("32\n");
});
