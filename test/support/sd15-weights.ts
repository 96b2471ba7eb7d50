/** The table of Stable Diffusion 1.5's weights: names and shapes, no values. */

import { readFileSync } from "node:fs";

export interface TableRow {
  readonly part: "unet" | "vae" | "text_encoder";
  readonly name: string;
  readonly dims: readonly number[];
  /** Name in single-file checkpoints. */
  readonly ldmName: string;
}

/** All 1,130 weights. */
export function readSd15Weights(): TableRow[] {
  const text = readFileSync(new URL("../fixtures/sd15/weights.tsv", import.meta.url), "utf8");
  const lines = text.trim().split("\n").slice(1);
  return lines.map((line) => {
    const [part = "", name = "", shape = "", ldmName = ""] = line.split("\t");
    return { part: part as TableRow["part"], name, dims: shape.split("x").map(Number), ldmName };
  });
}
