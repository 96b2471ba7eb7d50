/** What the networks of a single-file checkpoint are like, read off the names and shapes of its tensors: such files carry no config. */

import { ModelError } from "../errors.ts";
import { MAX_BLOCKS } from "./config.ts";
import { LDM_TEXT_ENCODER, LDM_UNET, LDM_VAE } from "./ldm-names.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import { WITHOUT_TEXT_MODEL, type TextEncoderConfig } from "./text-encoder.ts";
import type { UnetBlock, UnetConfig } from "./unet-config.ts";
import type { VaeConfig } from "./vae-config.ts";

/** Attention heads of the UNet; all models of the family have as many, so the tensors need not tell. */
const UNET_HEADS = 8;
/** CLIP's heads are 64 wide, 12 of them for a width of 768; toy encoders have 4 however narrow they are. */
const TEXT_HEAD_WIDTH = 64;
const MIN_TEXT_HEADS = 4;
/** Bounds what a hostile file can make the graphs grow to. */
const MAX_LAYERS = 64;
const MAX_WIDTH = 65_536;
const MAX_POSITIONS = 4096;
const MAX_VOCABULARY = 1_000_000;
/** Number of groups in group normalizations of UNet and VAE. */
const GROUPS = 32;
/** Latents are the VAE's mean times this in SD 1.x. */
const LATENT_SCALE = 0.182_15;

/** @throws ModelError when a tensor that tells a width is missing, or the widths make no sense */
export function inferUnetConfig(file: SafetensorsFile): UnetConfig {
  const shapes: Shapes = new Shapes(file, LDM_UNET);
  const down = listLevels(shapes);
  const textWidths = down.flatMap(({ attention }) => (attention === undefined ? [] : [attention.textWidth]));
  const [textWidth] = textWidths;
  if (textWidth === undefined) shapes.fail("no level of the UNet attends to the text");
  let outputs = shapes.count((n) => `output_blocks.${n}.0.in_layers.0.weight`);
  const blocks = down.map(({ channels, layers, attention }): UnetBlock => {
    shapes.requireMultiple(channels, UNET_HEADS, "attention heads");
    // Levels come back in reverse order, each with one layer more than on the way down; the first level's are the last.
    outputs -= layers + 1;
    return {
      channels,
      layers,
      downAttention: attention !== undefined,
      upAttention: shapes.has(`output_blocks.${outputs}.1.norm.weight`),
      heads: UNET_HEADS,
      depth: attention?.depth ?? 1,
    };
  });
  return {
    channels: 4,
    textWidth,
    blocks,
    midBlock: shapes.has("middle_block.0.in_layers.0.weight"),
    timeWidth: shapes.size("time_embed.0.weight", 0),
    cosineFirst: true,
    frequencyShift: 0,
    groups: GROUPS,
    epsilon: 1e-5,
    // SD 1.x projects by 1×1 convolutions; where a file stores them as matrices, the numbers are the same.
    linearProjection: false,
  };
}

/** One resolution on the way down. */
export interface Level {
  readonly channels: number;
  readonly layers: number;
  readonly attention: { readonly textWidth: number; readonly depth: number } | undefined;
}

/** Walks down the UNet's input blocks; a level ends with the convolution that halves the size. */
export function listLevels(shapes: Shapes): Level[] {
  const levels: Level[] = [];
  let n = 1;
  for (;;) {
    const first = n;
    const layers = shapes.count((layer) => `input_blocks.${first + layer}.0.in_layers.2.weight`);
    if (layers === 0)
      shapes.fail(`\`${shapes.prefix}input_blocks.${first}.0.in_layers.2.weight\` is missing`);
    const path = `input_blocks.${first}.1`;
    levels.push({
      channels: shapes.size(`input_blocks.${first}.0.in_layers.2.weight`, 0),
      layers,
      attention: shapes.has(`${path}.norm.weight`)
        ? {
            textWidth: shapes.size(`${path}.transformer_blocks.0.attn2.to_k.weight`, 1),
            depth: shapes.count((k) => `${path}.transformer_blocks.${k}.norm1.weight`),
          }
        : undefined,
    });
    n += layers;
    if (!shapes.has(`input_blocks.${n}.0.op.weight`)) return levels;
    if (levels.length === MAX_BLOCKS) shapes.fail(`more than ${MAX_BLOCKS} levels of the UNet`);
    n++;
  }
}

/** @throws ModelError when a tensor that tells a width is missing, or the latents are not those of SD 1.x */
export function inferVaeConfig(file: SafetensorsFile): VaeConfig {
  const shapes: Shapes = new Shapes(file, LDM_VAE);
  const latentChannels = shapes.size("decoder.conv_in.weight", 1);
  if (latentChannels !== 4) {
    shapes.fail(`the VAE has ${latentChannels} latent channels, expected 4 as in Stable Diffusion 1.x`);
  }
  const count = shapes.count((i) => `encoder.down.${i}.block.0.conv1.weight`, MAX_BLOCKS);
  return {
    blocks: Array.from({ length: Math.max(count, 1) }, (_, i) =>
      shapes.size(`encoder.down.${i}.block.0.conv1.weight`, 0),
    ),
    layers: shapes.count((j) => `encoder.down.0.block.${j}.conv1.weight`),
    groups: GROUPS,
    latentChannels,
    latentScale: LATENT_SCALE,
    midAttention: true,
    quantConvolution: true,
    postQuantConvolution: true,
  };
}

/** @throws ModelError when a tensor that tells a width is missing, or the widths make no sense */
export function inferTextEncoderConfig(file: SafetensorsFile): TextEncoderConfig {
  const shapes: Shapes = new Shapes(file, LDM_TEXT_ENCODER);
  const spell = shapes.has("text_model.final_layer_norm.weight")
    ? (name: string) => name
    : WITHOUT_TEXT_MODEL;
  const width = shapes.size(spell("text_model.embeddings.token_embedding.weight"), 1);
  const heads = Math.max(Math.floor(width / TEXT_HEAD_WIDTH), MIN_TEXT_HEADS);
  shapes.requireMultiple(width, heads, "attention heads");
  return {
    activation: "quick_gelu",
    width,
    innerWidth: shapes.size(spell("text_model.encoder.layers.0.mlp.fc1.weight"), 0),
    layers: shapes.count((i) => spell(`text_model.encoder.layers.${i}.layer_norm1.weight`)),
    heads,
    positions: shapes.size(spell("text_model.embeddings.position_embedding.weight"), 0, MAX_POSITIONS),
    vocabulary: shapes.size(spell("text_model.embeddings.token_embedding.weight"), 0, MAX_VOCABULARY),
    epsilon: 1e-5,
  };
}

/** The tensors of one network: which there are, and their sizes. */
export class Shapes {
  readonly prefix: string;
  private readonly file: SafetensorsFile;

  constructor(file: SafetensorsFile, prefix: string) {
    this.file = file;
    this.prefix = prefix;
  }

  has(name: string): boolean {
    return this.file.tensors.has(this.prefix + name);
  }

  /** Number of names in a row that are there, from 0 on. */
  count(nameOf: (index: number) => string, limit = MAX_LAYERS): number {
    let count = 0;
    while (this.has(nameOf(count))) {
      if (count++ === limit) this.fail(`more than ${limit} layers such as \`${this.prefix}${nameOf(0)}\``);
    }
    return count;
  }

  /** Size of one axis of a tensor. */
  size(name: string, axis: number, limit = MAX_WIDTH): number {
    const stored = this.file.tensors.get(this.prefix + name);
    if (stored === undefined) this.fail(`the weight \`${this.prefix}${name}\` is missing`);
    const size = stored.dims[axis] ?? 0;
    if (size < 1 || size > limit) {
      this.fail(`the weight \`${this.prefix}${name}\` has the odd shape [${stored.dims.join(", ")}]`);
    }
    return size;
  }

  requireMultiple(width: number, divisor: number, what: string): void {
    if (width % divisor !== 0) {
      this.fail(`a width of ${width} in \`${this.prefix}*\` does not divide into ${divisor} ${what}`);
    }
  }

  fail(problem: string): never {
    throw new ModelError(problem, {
      where: this.file.path,
      hint: "The checkpoint is incomplete or not of the Stable Diffusion 1.x family; download it again and compare its sha256.",
    });
  }
}
