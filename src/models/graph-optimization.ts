/** How far ONNX Runtime rewrites a graph before it runs. */

import type { SessionOptions } from "./session.ts";

export type GraphOptimization = NonNullable<SessionOptions["optimization"]>;

/** The level that sessions with these options use: results of different levels differ in the last bits. */
export function graphOptimization({
  lowMemory = false,
  optimization = "all",
}: Pick<SessionOptions, "lowMemory" | "optimization">): GraphOptimization {
  return lowMemory ? "extended" : optimization;
}
