/**
 * Gathers each program that is started into few files, in dist/programs: opening eight hundred takes as long as a frame of the embedded model.
 * What is compiled file by file (tsconfig.build.json) stays beside them, for those who import it.
 */
import { build } from "rolldown";

/** Packages of plain modules, hundreds of them. The others stay as they are installed: they find files beside their own. */
const GATHERED = ["zod", "@bufbuild/protobuf", "yaml", "log-update"];

await build({
  input: {
    animate: "dist/cli/main.js",
    "inference-child": "dist/render/inference-child.js",
    "judge-child": "dist/thumbnails/judge-child.js",
  },
  cwd: import.meta.dirname,
  platform: "node",
  external(id, importer) {
    const isPackage = /^[^./]/.test(id) && !id.startsWith("node:");
    const isWantedByUs = importer?.includes("/node_modules/") !== true;
    return isPackage && isWantedByUs && !GATHERED.some((name) => id === name || id.startsWith(`${name}/`));
  },
  // One folder below dist, as what is compiled file by file: paths from there lead to the same files.
  output: { dir: "dist/programs", format: "esm", sourcemap: true, cleanDir: true },
});
