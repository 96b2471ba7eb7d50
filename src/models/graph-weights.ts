/** What an ONNX file says about its weights: which files beside it hold them, and in which number formats they are. */

import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { ModelError } from "../errors.ts";
import { printable } from "../printable.ts";
import { recognizeFile } from "./foreign-file.ts";
import { requireKnownOperators } from "./onnx-operators.ts";
import { ONNX_VERSION, refusePickle } from "./pickle.ts";
import { scanGraph, type ScannedGraph } from "./scan-graph.ts";

export interface GraphWeights {
  /** Files beside the graph that hold weights, absolute, sorted; none where all are inside. */
  readonly files: readonly string[];
  /** Number formats of the floats in the graph, sorted: `F16`, `F32`. */
  readonly types: readonly string[];
}

const HINT =
  "The export is damaged or incomplete; export or download it again with all its files, or use the model's .safetensors files.";

/**
 * Looks through all of the graph before ONNX Runtime does, but for the weights in it.
 *
 * @param file of the graph
 * @throws ModelError when it is no ONNX model, has operators that are not run, or looks for weights outside its folder, in files that have
 *   other names elsewhere, or for some that are not there
 */
export async function readGraphWeights(file: string): Promise<GraphWeights> {
  refusePickle(file, ONNX_VERSION);
  const scanned = await scan(file);
  requireKnownOperators(scanned, file);
  const folder = dirname(file);
  const files = new Map<string, number>();
  for (const { location, offset, length } of scanned.external) {
    const path = placeOf(location, folder, file);
    const size = files.get(path) ?? (await sizeOfOwnFile(path, file));
    files.set(path, size);
    const end = Number(offset ?? 0) + Number(length ?? 0);
    if (end <= size) continue;
    throw refuse(
      file,
      `the graph looks for weights up to byte ${end} of \`${printable(location)}\`, which has ${size}`,
    );
  }
  return {
    files: [...files.keys()].toSorted(),
    types: [...scanned.types].toSorted(),
  };
}

async function scan(file: string): Promise<ScannedGraph> {
  try {
    return scanGraph(file);
  } catch (cause) {
    const other = await recognizeFile(file);
    if (other !== undefined) {
      throw new ModelError(`this is no ONNX model, but ${other.what}`, {
        where: file,
        hint: ONNX_VERSION,
        cause,
      });
    }
    throw new ModelError("this is no ONNX model, or it is damaged", { where: file, hint: HINT, cause });
  }
}

/**
 * A file of weights must be a file of the export: links out of its folder, and second names of a file (hard links), could show anything on this
 * machine to a network.
 *
 * @param path of the weights
 * @param graph that looks for them
 * @returns its bytes
 */
async function sizeOfOwnFile(path: string, graph: string): Promise<number> {
  const folder = dirname(graph);
  const name = `\`${printable(relative(folder, path))}\``;
  const status = await stat(path).catch(() => undefined);
  if (!status?.isFile()) throw refuse(graph, `the weights of the graph, ${name}, are missing`);
  if (status.nlink > 1) {
    throw new ModelError(
      `the weights of the graph, ${name}, are a hard link: the file has ${status.nlink} names`,
      {
        where: graph,
        hint: "Put a copy in its place, so that it is a file of this model alone.",
      },
    );
  }
  const real = await realpath(path);
  // Caches of downloads keep the files of a model as links into one folder.
  const homes = [await realpath(folder), dirname(await realpath(graph))];
  if (homes.some((home) => !leadsOut(relative(home, real)))) return status.size;
  throw refuse(graph, `the weights of the graph, ${name}, are a link to a file outside its folder`);
}

/** @throws ModelError when the location leads out of the folder, which ONNX forbids */
function placeOf(location: string, folder: string, where: string): string {
  const path = join(folder, location);
  if (!isAbsolute(location) && !leadsOut(relative(folder, path))) return path;
  throw refuse(where, `the graph looks for weights at \`${printable(location)}\`, outside its folder`);
}

/** Whether a relative way ends outside of where it begins. */
function leadsOut(way: string): boolean {
  return isAbsolute(way) || way === ".." || way.startsWith(`..${sep}`);
}

function refuse(file: string, message: string): ModelError {
  return new ModelError(message, { where: file, hint: HINT });
}
