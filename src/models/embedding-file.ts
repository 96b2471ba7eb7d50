/** Reads textual inversion files: the vectors that a new word stands for (Gal et al. 2022). */

import { ModelError } from "../errors.ts";
import { refusePickle } from "./pickle.ts";
import { readSafetensors, type StoredTensor } from "./safetensors.ts";
import type { WeightReference } from "./onnx-graph.ts";

export interface EmbeddingFile {
  /** As it was named. */
  readonly file: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** Vectors of the word, the same number for each text encoder. */
  readonly vectors: number;
  /** `[vectors, width]`, one per text encoder: one for SD 1.x and 2.x, for SDXL CLIP's and then OpenCLIP's. */
  readonly tables: readonly WeightReference[];
  /** The token that diffusers keys it by, such as `<cat-toy>`; undefined in the other layouts. */
  readonly token: string | undefined;
}

/** The names of A1111's layouts, which stand for nothing. */
const PLAIN_NAME = /^(?:emb_params|string_to_param\..*)$/;

/**
 * Reads an embedding: `emb_params` (A1111), one tensor named by its token (diffusers), or `clip_l` and `clip_g` (SDXL).
 *
 * @throws ModelError for pickles, and for files that hold something else
 */
export async function readEmbedding(file: string): Promise<EmbeddingFile> {
  refusePickle(file);
  const { path, tensors, metadata } = await readSafetensors(file);
  const [first, second] = [tensors.get("clip_l"), tensors.get("clip_g")];
  const stored = first && second ? [first, second] : [...tensors.values()];
  if (stored.length !== tensors.size || (stored.length !== 1 && second === undefined)) {
    const names = [...tensors.keys()];
    throw new ModelError(
      `this is no embedding: expected one tensor, or \`clip_l\` and \`clip_g\`, found ${names.length}, the first is \`${names[0] ?? ""}\``,
      { where: file, hint: "`animate models check` says what a file is." },
    );
  }
  const tables = stored.map((tensor) => table(tensor, path, file));
  const [vectors, ...others] = new Set(tables.map(({ dims }) => dims[0]!));
  if (vectors === undefined || others.length > 0) {
    throw new ModelError("`clip_l` and `clip_g` have different numbers of vectors", { where: file });
  }
  const { name } = stored[0]!;
  return {
    file,
    metadata,
    vectors,
    tables,
    token: stored.length > 1 || PLAIN_NAME.test(name) ? undefined : name,
  };
}

/**
 * The token that an embedding of diffusers is keyed by, such as `<cat-toy>`; undefined for all other files, also for those that cannot be
 * read: which of many files a prompt means is asked here, not what is wrong with the others.
 */
export async function readEmbeddingToken(file: string): Promise<string | undefined> {
  try {
    const { token } = await readEmbedding(file);
    return token !== undefined && /^<.+>$/.test(token) ? token : undefined;
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/** Rows of vectors; diffusers saves a single one as `[width]`. */
function table(
  { name, type, dims, offset, byteLength }: StoredTensor,
  path: string,
  file: string,
): WeightReference {
  const [vectors, width, ...rest] = dims.length === 1 ? [1, ...dims] : dims;
  if (vectors === undefined || vectors < 1 || width === undefined || width < 1 || rest.length > 0) {
    throw new ModelError(
      `this is no embedding: \`${name}\` has the shape [${dims.join(", ")}], expected [vectors, width]`,
      {
        where: file,
      },
    );
  }
  if (type !== "F32" && type !== "F16" && type !== "BF16") {
    throw new ModelError(`\`${name}\` is stored as ${type}, expected F32, F16 or BF16`, { where: file });
  }
  return { name, type, dims: [vectors, width], path, offset, byteLength };
}
