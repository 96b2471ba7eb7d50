/** Splits the weights of a network over several files and an index, as diffusers does with large ones. */

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeSafetensors, repackSafetensors } from "./safetensors-file.ts";

const SHARDS = 3;

export interface ShardedWeights {
  readonly indexFile: string;
  readonly shards: readonly string[];
}

/**
 * Puts three files and an index in the place of `<stem>.safetensors`.
 *
 * @param index name of the index; default: that of full precision
 */
export async function shardWeights(
  folder: string,
  stem: string,
  index = `${stem}.safetensors.index.json`,
): Promise<ShardedWeights> {
  const whole = join(folder, `${stem}.safetensors`);
  const content = await readFile(whole);
  const { header, data } = decodeSafetensors(content);
  const names = Object.keys(header);
  const weightMap: Record<string, string> = {};
  const shards: string[] = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    const file = `${stem}-0000${shard + 1}-of-0000${SHARDS}.safetensors`;
    const part = new Set(names.filter((_, i) => i % SHARDS === shard));
    for (const name of part) weightMap[name] = file;
    shards.push(join(folder, file));
    const packed = repackSafetensors(content, (name) => (part.has(name) ? name : undefined));
    await writeFile(join(folder, file), packed);
  }
  await rm(whole);
  const table = { metadata: { total_size: data.length }, weight_map: weightMap };
  const indexFile = join(folder, index);
  await writeFile(indexFile, JSON.stringify(table));
  return { indexFile, shards };
}
