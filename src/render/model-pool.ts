/** The models of a run on the side that paints, of which a few at a time have their networks in memory. */

import { ModelError } from "../errors.ts";
import type { NamedFile } from "../models/lora.ts";
import type { DiffusionModel, ModelInfo } from "../models/model.ts";

export interface ModelPool {
  /** In the order given. */
  readonly infos: readonly ModelInfo[];
  /**
   * The model of that name, ready to draw. Before its networks are loaded, those of the models used longest ago are let go.
   * @param name undefined: the first one
   */
  use(name: string | undefined): Promise<DiffusionModel>;
  /** The networks of all models. */
  release(): Promise<void>;
}

/** What models have to share for one animation: prompts, LoRAs and ControlNets are made for it, and pictures cut to it. */
const LAYOUT = [
  ["textWidth", "a text width"],
  ["latentChannels", "a number of latent channels"],
  ["vaeFactor", "a number of pixels per latent cell"],
  ["inputChannels", "a number of input channels"],
] as const;

/**
 * Reads and checks all models; their networks are loaded when they first draw, and again after they were let go.
 *
 * @param models at least one
 * @param kept how many may have their networks in memory, ≥ 1
 * @param open reads a model without loading its networks
 * @throws ModelError when one cannot be used, or is made otherwise than the first
 */
export async function openModelPool(
  models: readonly NamedFile[],
  kept: number,
  open: (path: string) => Promise<DiffusionModel>,
): Promise<ModelPool> {
  const opened: DiffusionModel[] = [];
  for (const { file } of models) {
    const model = await open(file);
    opened.push(model);
    requireSameLayout(opened[0]!.info, model.info, file);
  }
  // Most recently used last.
  let loaded: readonly DiffusionModel[] = [];

  return {
    infos: opened.map(({ info }) => info),
    async use(name) {
      const index = name === undefined ? 0 : models.findIndex((model) => model.name === name);
      const model = opened[index];
      if (model === undefined) throw new Error(`the run was opened without the model ${name}`);
      const others = loaded.filter((other) => other !== model);
      const stay = kept > 1 ? others.slice(1 - kept) : [];
      // First let go, then load: both at once may be more than there is memory.
      for (const other of others) if (!stay.includes(other)) await other.release();
      loaded = [...stay, model];
      return model;
    },
    async release() {
      loaded = [];
      await Promise.all(opened.map((model) => model.release()));
    },
  };
}

function requireSameLayout(first: ModelInfo, info: ModelInfo, file: string): void {
  const difference = LAYOUT.find(([key]) => info[key] !== first[key]);
  if (difference === undefined) return;
  const [key, words] = difference;
  throw new ModelError(
    `expected a model made like ${first.name} (${first.family}), found one of family ${info.family} with ${words} of ${info[key]} instead of ${first[key]}`,
    {
      where: file,
      hint: "Take a fine-tune of the same base model, or render two animations and join them.",
    },
  );
}
