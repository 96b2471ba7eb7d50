/** A model with LoRAs and embeddings: its weights know the branches and rows, its tokenizer the words. */

import { ModelError } from "../errors.ts";
import { readEmbedding, type EmbeddingFile } from "./embedding-file.ts";
import { withEmbeddingWords } from "./embedding-tokens.ts";
import { familyOfWidth } from "./lora-family.ts";
import { fitLoras, type NamedFile } from "./lora.ts";
import type { ModelFiles, TextEncoderFiles } from "./model-files.ts";
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
  const { unet, textEncoders, tokenizer } = files;
  const withRows = (encoder: TextEncoderFiles, index: number): TextEncoderFiles => ({
    ...encoder,
    weights: {
      ...encoder.weights,
      loras: fitted.map(({ text }) => text[index]!),
      addedTokens: words.map(({ tables }, i) => ({ ...tables[index]!, name: `embedding.${i}` })),
    },
  });
  const [first, ...others] = textEncoders;
  return {
    ...files,
    unet: { ...unet, weights: { ...unet.weights, loras: fitted.map((lora) => lora.unet) } },
    textEncoders: [withRows(first, 0), ...others.map((encoder, i) => withRows(encoder, i + 1))],
    tokenizer: withEmbeddingWords(
      tokenizer,
      words.map(({ vectors }, i) => ({ word: embeddings[i]!.name, vectors })),
      first.config.vocabulary,
    ),
  };
}

async function readEmbeddings(
  { textEncoders }: ModelFiles,
  embeddings: readonly NamedFile[],
): Promise<EmbeddingFile[]> {
  const { positions } = textEncoders[0].config;
  const expected = textEncoders.map(({ config }) => config.width);
  const files: EmbeddingFile[] = [];
  for (const { file } of embeddings) {
    const embedding = await readEmbedding(file);
    const widths = embedding.tables.map(({ dims }) => dims[1]!);
    if (widths.join() !== expected.join()) {
      const message = `the embedding was made for ${familyOfWidths(widths)}, the model is ${familyOfWidths(expected)}`;
      throw new ModelError(message, {
        where: file,
        hint: `Its vectors are ${widths.join(" and ")} wide, those of the model ${expected.join(" and ")}.`,
      });
    }
    if (embedding.vectors > positions - FRAMING_TOKENS) {
      const message = `the embedding has ${embedding.vectors} vectors, but a chunk of a prompt holds ${positions - FRAMING_TOKENS}`;
      throw new ModelError(message, { where: file });
    }
    if (weightsFolder(embedding.tables[0]!.path) !== weightsFolder(textEncoders[0].weights.path)) {
      throw new ModelError("the embedding lies on another drive than the model", {
        where: file,
        hint: `Copy it to ${weightsFolder(textEncoders[0].weights.path)}.`,
      });
    }
    files.push(embedding);
  }
  return files;
}

function familyOfWidths(widths: readonly number[]): string {
  return widths.length > 1 ? "Stable Diffusion XL" : familyOfWidth(widths[0]!);
}
