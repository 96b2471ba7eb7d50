/** From the weight names of CLIP as transformers has it to those of OpenCLIP, the text encoder in checkpoints of SD 2.x and SDXL. */

import type { SafetensorsFile, StoredTensor } from "./safetensors.ts";
import type { Renaming } from "./weights.ts";

/** How the parts of a weight that OpenCLIP stores as one are told apart, in the order in which they lie there. */
const PROJECTIONS = ["q", "k", "v"] as const;

/** OpenCLIP's names: `text_model.encoder.layers.3.mlp.fc1.bias` → `<prefix>transformer.resblocks.3.mlp.c_fc.bias`. */
export function openClipNames(prefix: string): Renaming {
  return (name) =>
    prefix +
    name
      .replace(/^text_model\.embeddings\.token_embedding\./, "token_embedding.")
      .replace(/^text_model\.embeddings\.position_embedding\.weight$/, "positional_embedding")
      .replace(/^text_model\.final_layer_norm\./, "ln_final.")
      .replace(/^text_projection\.weight$/, "text_projection")
      .replace(/^text_model\.encoder\.layers\./, "transformer.resblocks.")
      .replace(/\.layer_norm([12])\./, ".ln_$1.")
      .replace(".mlp.fc1.", ".mlp.c_fc.")
      .replace(".mlp.fc2.", ".mlp.c_proj.")
      .replace(".self_attn.out_proj.", ".attn.out_proj.")
      .replace(/\.self_attn\.([qkv])_proj\.(weight|bias)$/, ".attn.in_proj_$2[$1]");
}

/**
 * The same file, its OpenCLIP tensors in the pieces that graphs ask for: the rows of `attn.in_proj_weight` and `_bias` as three weights
 * named `[q]`, `[k]` and `[v]`, each a range of the same bytes, and `text_projection`, which is stored (in, out), as a transposed matrix.
 */
export function splitOpenClip(file: SafetensorsFile, prefix: string): SafetensorsFile {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, stored] of file.tensors) {
    const [rows = 0, ...columns] = stored.dims;
    if (!name.startsWith(prefix)) tensors.set(name, stored);
    else if (/\.attn\.in_proj_(weight|bias)$/.test(name) && rows % 3 === 0) {
      for (const [i, projection] of PROJECTIONS.entries()) {
        const byteLength = stored.byteLength / 3;
        const part = {
          ...stored,
          name: `${name}[${projection}]`,
          dims: [rows / 3, ...columns],
          offset: stored.offset + i * byteLength,
          byteLength,
        };
        tensors.set(part.name, part);
      }
    } else if (name === `${prefix}text_projection`) {
      tensors.set(name, { ...stored, dims: stored.dims.toReversed(), transposed: true });
    } else tensors.set(name, stored);
  }
  return { ...file, tensors };
}
