/** The work of a sheet in the order in which it is done: one model after the other, each with all LoRAs that its pictures need. */

import type { NamedFile } from "../models/lora.ts";
import { checkNames, type CheckedNames } from "../render/check-names.ts";
import type { InferenceSettings } from "../render/inference-messages.ts";
import { readInitImage } from "../render/init-image.ts";
import { inferenceSettings } from "../render/prepare.ts";
import { findAddons, type RunAddons } from "../render/run-addons.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { Cell } from "./grid.ts";

/** A picture whose files were found. */
export interface ReadyCell extends Cell {
  readonly names: CheckedNames;
  readonly addons: RunAddons;
  /** What it is drawn over; null: nothing. */
  readonly init: ByteImage | null;
  /** Its plan in the names of its group's LoRAs: files of one name in different folders are told apart. */
  readonly drawing: FramePlan;
}

/** Pictures that one opened model draws. */
export interface WorkGroup {
  readonly opening: InferenceSettings;
  readonly cells: readonly ReadyCell[];
}

/**
 * Finds the files of all pictures and puts pictures together that can be drawn without loading anything in between; groups come in the order
 * of their first picture.
 *
 * @param folder that relative paths in the channel start from
 * @throws LookupError, ModelError or FileError for names that stand for nothing
 */
export async function planWork(cells: readonly Cell[], folder: string): Promise<WorkGroup[]> {
  const find = findFiles(folder);
  const groups = new Map<string, { base: Opening; found: (Cell & Found)[] }>();
  for (const cell of cells) {
    const found = await find(cell);
    const { models, networks, vae } = found.names;
    const base: Opening = {
      ...inferenceSettings(cell.settings),
      models,
      ...networks,
      ...(vae !== undefined && { vae }),
    };
    const key = JSON.stringify(base);
    const group = groups.get(key) ?? { base, found: [] };
    group.found.push({ ...cell, ...found });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ base, found }) => withAddons(base, found));
}

type Opening = Omit<InferenceSettings, "loras" | "embeddings" | "controlnets" | "words" | "mask">;
type Found = Pick<ReadyCell, "names" | "addons" | "init">;

/** Settings that name files, or decide which are needed. */
const NAMING = [
  "model",
  "vae",
  "loras",
  "embeddings",
  "prompts",
  "positive_prompt",
  "negative_prompt",
  "size",
  "video",
  "thumbnails",
  "init",
] as const;

/** Many pictures name the same files, and looking one up reads folders. */
function findFiles(folder: string): (cell: Cell) => Promise<Found> {
  const known = new Map<string, Promise<Found>>();
  const look = async ({ settings, plan, locate }: Cell): Promise<Found> => ({
    names: await checkNames(settings, [plan], folder, locate),
    addons: await findAddons(settings, [plan], folder),
    init: await readInitImage(settings, folder, locate),
  });
  return (cell) => {
    const key = JSON.stringify(NAMING.map((name) => cell.settings[name]));
    const found = known.get(key) ?? look(cell);
    known.set(key, found);
    return found;
  };
}

function withAddons(base: Opening, found: readonly (Cell & Found)[]): WorkGroup {
  const loras = new Map<string, NamedFile>();
  for (const { name, file } of found.flatMap(({ addons }) => addons.loras)) {
    if (loras.has(file)) continue;
    const taken = [...loras.values()].some((lora) => lora.name === name);
    loras.set(file, { name: taken ? `${name}-${loras.size + 1}` : name, file });
  }
  const embeddings = new Map(
    found.flatMap(({ addons }) => addons.embeddings.map(({ name, file }) => [name, file] as const)),
  );
  return {
    opening: {
      ...base,
      loras: [...loras.values()],
      embeddings: [...embeddings].map(([name, file]) => ({ name, file })),
      controlnets: [],
      words: null,
      mask: null,
    },
    cells: found.map((cell) => ({ ...cell, drawing: inNamesOf(loras, cell) })),
  };
}

function inNamesOf(loras: ReadonlyMap<string, NamedFile>, { plan, addons }: Cell & Found): FramePlan {
  if (plan.loras === undefined) return plan;
  const files = new Map(addons.loras.map(({ name, file }) => [name, file]));
  return {
    ...plan,
    loras: plan.loras.map((lora) => ({ ...lora, name: loras.get(files.get(lora.name)!)!.name })),
  };
}
