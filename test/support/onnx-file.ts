/** ONNX files that a test builds for itself. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GraphBuilder, type Value } from "../../src/models/onnx-graph.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/**
 * Writes the graph to `onnx/network.onnx` in a folder that goes when the test is over.
 *
 * @param build gives the graph's output, or several
 */
export async function onnxFile(build: (graph: GraphBuilder) => Value | readonly Value[]): Promise<string> {
  const folder = await temporaryFolder();
  const graph = new GraphBuilder("test");
  for (const value of [build(graph)].flat()) graph.output(value);
  await mkdir(join(folder, "onnx"));
  const path = join(folder, "onnx", "network.onnx");
  await writeFile(path, graph.toBytes());
  return path;
}
