import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const PICTURES = fileURLToPath(new URL("../../dist/tensor/picture-file.js", import.meta.url));

const COUNT_THREADS = `
const { encodePng } = await import(process.argv[1]);
const { readdirSync, readFileSync } = await import("node:fs");
await encodePng({ width: 64, height: 64, data: new Uint8Array(3 * 64 * 64) });
const names = readdirSync("/proc/self/task").map((task) => readFileSync("/proc/self/task/" + task + "/comm", "utf8").trim());
console.log(names.filter((name) => name === "libvips worker").length);
`;

it.runIf(process.platform === "linux")("gives libvips all its threads at the start, for good", () => {
  const options = ["--input-type=module", "--eval", COUNT_THREADS, PICTURES];
  expect(execFileSync(process.execPath, options, { encoding: "utf8" })).toBe("32\n");
});
