/** The weights of the released models: names and shapes in both layouts, no values. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { SafetensorsFile, StoredTensor } from "../../src/models/safetensors.ts";
import { elementCount } from "../../src/tensor/tensor.ts";

export type WeightTable =
  | "sd15"
  | "sd21"
  | "sdxl"
  | "sd15-controlnet"
  | "sd21-controlnet"
  | "sdxl-controlnet";

export interface TableRow {
  readonly part: "unet" | "vae" | "text_encoder" | "text_encoder_2" | "controlnet";
  /** Name and shape in the diffusers layout. */
  readonly name: string;
  readonly dims: readonly number[];
  /** Name in single-file checkpoints. */
  readonly ldmName: string;
  /** How it lies there: `asMatrix` is a 1×1 convolution there; a number, that third of its rows. */
  readonly lies: "same" | "asMatrix" | "transposed" | 0 | 1 | 2;
}

const BYTES_PER_VALUE = 2;

export function readWeightTable(table: WeightTable): TableRow[] {
  const file = new URL(`../fixtures/weight-tables/${table}.tsv.gz`, import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split("\n").slice(1);
  return lines.map((line) => {
    const [part = "", name = "", shape = "", ldmName = "", transform = ""] = line.split("\t");
    return {
      part: part as TableRow["part"],
      name,
      dims: shape.split("x").map(Number),
      ldmName,
      lies: readTransform(transform),
    };
  });
}

function readTransform(transform: string): TableRow["lies"] {
  if (transform === "") return "same";
  if (transform === "transpose") return "transposed";
  if (transform.startsWith("reshape")) return "asMatrix";
  return Number(/^rows ([012]) of 3/.exec(transform)![1]) as 0 | 1 | 2;
}

/** The single file of a table as its header would describe it, all weights in F16. */
export function tabledCheckpoint(
  rows: readonly TableRow[],
  path = "/checkpoint.safetensors",
): SafetensorsFile {
  const tensors = new Map<string, StoredTensor>();
  let offset = 0;
  for (const { ldmName, dims, lies } of rows) {
    if (tensors.has(ldmName)) continue;
    const stored = storedDims(dims, lies);
    const byteLength = elementCount(stored) * BYTES_PER_VALUE;
    tensors.set(ldmName, { name: ldmName, type: "F16", dims: stored, offset, byteLength });
    offset += byteLength;
  }
  return { path, metadata: new Map(), tensors };
}

function storedDims(dims: readonly number[], lies: TableRow["lies"]): readonly number[] {
  if (lies === "asMatrix" && dims.length === 2) return [...dims, 1, 1];
  if (lies === "transposed") return dims.toReversed();
  return typeof lies === "number" ? [3 * dims[0]!, ...dims.slice(1)] : dims;
}

/** Where a weight lies in the file of {@link tabledCheckpoint}: its tensor's first byte and length. */
export function placeOf({ ldmName, lies }: TableRow, { tensors }: SafetensorsFile) {
  const { offset, byteLength } = tensors.get(ldmName)!;
  if (typeof lies !== "number") return { offset, byteLength };
  return { offset: offset + (lies * byteLength) / 3, byteLength: byteLength / 3 };
}
