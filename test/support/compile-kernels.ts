/** Before the tests: compiles the vector code when it is missing or older than its source. */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const COMPILED = new URL("dist/kernels/kernels.wasm", ROOT);
const SOURCE = new URL("src/kernels/assembly/", ROOT);

export function setup(): void {
  const sources = readdirSync(SOURCE).map((name) => statSync(new URL(name, SOURCE)).mtimeMs);
  if (existsSync(COMPILED) && statSync(COMPILED).mtimeMs >= Math.max(...sources)) return;
  execFileSync("npm", ["run", "--silent", "build:kernels"], { cwd: fileURLToPath(ROOT), stdio: "inherit" });
}
