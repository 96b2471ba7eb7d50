/** A model with LoRAs and embeddings: its weights know the branches and rows, its tokenizer the words. */

import { ModelError } from "../errors.ts";
import { readEmbedding, type EmbeddingFile } from "./embedding-file.ts";
import { withEmbeddingWords } from "./embedding-tokens.ts";
import { familyOfWidth } from "./lora-family.ts";
import { fitLoras, type NamedFile } from "./lora.ts";
import type { ModelFiles } from "./model-files.ts";
import { weightsFolder } from "./onnx-graph.ts";

export interface Addons {
  /** Names are those that weights are given by, see `DiffusionModel.setLoras`. */
  readonly loras?: readonly NamedFile[];
  /** Names are the words of prompts. */
  readonly embeddings?: readonly NamedFile[];
}

/** The longest word: a whole chunk of a prompt, begin and end token left out. */
const FRAMING_TOKENS = 2;

/**
 * Reads LoRAs and embeddings and fits them to the model. No weight is copied: graphs refer to the files themselves.
 *
 * @throws ModelError when a file is something else, or made for another kind of model
 */
export async function withAddons(
  files: ModelFiles,
  { loras = [], embeddings = [] }: Addons,
): Promise<ModelFiles> {
  if (loras.length === 0 && embeddings.length === 0) return files;
  const fitted = await fitLoras(files, loras);
  const words = await readEmbeddings(files, embeddings);
  const { unet, textEncoder, tokenizer } = files;
  const addedTokens = words.map(({ tables }, i) => ({ ...tables[0]!, name: `embedding.${i}` }));
  return {
    ...files,
    unet: { ...unet, weights: { ...unet.weights, loras: fitted.map((lora) => lora.unet) } },
    textEncoder: {
      ...textEncoder,
      weights: { ...textEncoder.weights, loras: fitted.map(({ text }) => text[0]!), addedTokens },
    },
    tokenizer: withEmbeddingWords(
      tokenizer,
      words.map(({ vectors }, i) => ({ word: embeddings[i]!.name, vectors })),
      textEncoder.config.vocabulary,
    ),
  };
}

async function readEmbeddings(
  { textEncoder }: ModelFiles,
  embeddings: readonly NamedFile[],
): Promise<EmbeddingFile[]> {
  const { width, positions } = textEncoder.config;
  const files: EmbeddingFile[] = [];
  for (const { file } of embeddings) {
    const embedding = await readEmbedding(file);
    const widths = embedding.tables.map(({ dims }) => dims[1]!);
    if (widths.join() !== String(width)) {
      const made = widths.length > 1 ? "Stable Diffusion XL" : familyOfWidth(widths[0]!);
      throw new ModelError(`the embedding was made for ${made}, the model is ${familyOfWidth(width)}`, {
        where: file,
        hint: `Its vectors are ${widths.join(" and ")} wide, those of the model ${width}.`,
      });
    }
    if (embedding.vectors > positions - FRAMING_TOKENS) {
      const message = `the embedding has ${embedding.vectors} vectors, but a chunk of a prompt holds ${positions - FRAMING_TOKENS}`;
      throw new ModelError(message, { where: file });
    }
    if (weightsFolder(embedding.tables[0]!.path) !== weightsFolder(textEncoder.weights.path)) {
      throw new ModelError("the embedding lies on another drive than the model", {
        where: file,
        hint: `Copy it to ${weightsFolder(textEncoder.weights.path)}.`,
      });
    }
    files.push(embedding);
  }
  return files;
}
