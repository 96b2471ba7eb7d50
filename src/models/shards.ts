/** Reads weights that are split over several `.safetensors` files, by the index that says which file has which tensor. */

import { dirname, join } from "node:path";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printableName } from "../printable.ts";
import { readJsonObject } from "./config.ts";
import { readSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";

const DOWNLOAD_AGAIN = "The index is damaged or was made by hand; download the model again.";

/** Names of the index for weights named `stem`, in full and in half precision, the better one first. */
export function shardIndexNames(stem: string): string[] {
  return [
    `${stem}.safetensors.index.json`,
    `${stem}.safetensors.index.fp16.json`,
    `${stem}.fp16.safetensors.index.json`,
  ];
}

/**
 * Reads an index and the headers of all its shards. Shards lie in the folder of the index: a name with a way out of it is refused.
 *
 * @returns one table of all tensors that the index names
 * @throws ModelError that names the shard or tensor that is missing or not allowed
 */
export async function readShards(indexFile: string): Promise<SafetensorsFile> {
  const { weight_map: map } = await readJsonObject(indexFile, LIMITS.safetensors.indexBytes);
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new ModelError("expected `weight_map`, an object from tensor names to file names", {
      where: indexFile,
      hint: DOWNLOAD_AGAIN,
    });
  }
  const placed = Object.entries(map).map(([name, shard]) => [name, requireName(shard, indexFile)] as const);
  const names = [...new Set(placed.map(([, shard]) => shard))].toSorted();
  if (names.length === 0 || names.length > LIMITS.safetensors.shards) {
    throw new ModelError(
      `${names.length} files in \`weight_map\`, expected 1 to ${LIMITS.safetensors.shards}`,
      {
        where: indexFile,
        hint: DOWNLOAD_AGAIN,
      },
    );
  }
  const files = names.map((name) => join(dirname(indexFile), name));
  const shards = new Map<string, SafetensorsFile>();
  for (const [i, file] of files.entries()) shards.set(names[i]!, await readSafetensors(file));
  const tensors = new Map<string, StoredTensor>();
  for (const [name, shard] of placed) {
    const { path, tensors: stored } = shards.get(shard)!;
    const tensor = stored.get(name);
    if (tensor === undefined) {
      throw new ModelError(
        `the index places the tensor \`${printableName(name)}\` in \`${shard}\`, which has no such tensor`,
        {
          where: indexFile,
          hint: "Index and shards belong to different versions of the model; download them together.",
        },
      );
    }
    tensors.set(name, { ...tensor, path });
  }
  const { path } = shards.get(names[0]!)!;
  return { path, files: [indexFile, ...files], tensors, metadata: new Map() };
}

function requireName(shard: unknown, indexFile: string): string {
  if (typeof shard === "string" && /^\w[\w.-]{0,250}\.safetensors$/.test(shard)) return shard;
  const found = printableName(JSON.stringify(shard));
  throw new ModelError(
    `expected the name of a .safetensors file in the folder of the index, found ${found}`,
    {
      where: indexFile,
      hint: "An index may only name files beside it. This one was made or changed by hand; download the model again.",
    },
  );
}
