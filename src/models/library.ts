/** Finds models, LoRAs, embeddings, ControlNets, VAEs and networks by name: one resolver for all of them. */

import { realpath } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { distance } from "fastest-levenshtein";
import { ModelError } from "../errors.ts";
import { printable } from "../printable.ts";
import { type FolderEntry, readLibraryFolder, stem, usablePath } from "./library-folder.ts";
import {
  LIBRARY_FOLDERS,
  libraryPlaces,
  libraryRoot,
  pathFrom,
  type LibraryEnvironment,
  type LibraryKind,
  type LibraryPlace,
} from "./library-places.ts";
import { describeOddPath } from "./odd-path.ts";
import { isPickle, refusePickle } from "./pickle.ts";

/** Something that a name in a schedule or prompt stands for. */
export interface LibraryEntry extends FolderEntry {
  readonly kind: LibraryKind;
  /** As written in a schedule or prompt: the file's name without `.safetensors`, or the folder's. */
  readonly name: string;
  /** Title of the place: `embedded`, `schedule`, `working folder`, `library`, `ANIMATE_MODELS`. */
  readonly place: string;
}

/** As sentences call them. */
const NOUNS: Readonly<Record<LibraryKind, string>> = {
  model: "model",
  lora: "LoRA",
  embedding: "embedding",
  controlnet: "ControlNet",
  vae: "VAE",
  network: "network",
};

/** What belongs into the folder of a kind, where it is not what belongs into most. */
const WANTED: Readonly<Partial<Record<LibraryKind, string>>> = { network: "an .onnx file" };

/** A hint is no catalogue. */
const MAX_NAMES_IN_HINT = 12;

/**
 * Everything of a kind, in the order of the places, sorted by path within each folder. Pickles are listed where there is no `.safetensors`
 * version; asking for one by name is refused with the reason.
 *
 * @param besideSchedule folder of the schedule, or the working directory for a flag
 */
export async function listLibrary(
  kind: LibraryKind,
  besideSchedule: string,
  environment: LibraryEnvironment = process.env,
): Promise<LibraryEntry[]> {
  return await listPlaces(kind, libraryPlaces(besideSchedule, environment));
}

/** What comes with the package. */
export async function listEmbedded(kind: LibraryKind): Promise<LibraryEntry[]> {
  return await listPlaces(kind, libraryPlaces(process.cwd(), {}).slice(0, 1));
}

/**
 * The place of a LoRA, embedding, ControlNet, VAE, network or model.
 *
 * The bare name of something embedded comes first. A path (absolute, `./hero.safetensors`, `../loras/hero.safetensors`, `~/…`) is taken as
 * it is. Anything else is tried as a path from `besideSchedule`, then as a name in all places: with or without its extension, with or
 * without its sub-folder, in the case as written before any other.
 *
 * @param name as in the schedule or prompt
 * @param besideSchedule folder that relative paths start from: the schedule's, or the working directory for a flag
 * @returns absolute path of a `.safetensors` or `.onnx` file or of a folder in the diffusers layout
 * @throws ModelError when there is none (with the names there are), when a name fits two files of one place, and for a Python pickle
 */
export async function findInLibrary(
  kind: LibraryKind,
  name: string,
  besideSchedule: string,
  environment: LibraryEnvironment = process.env,
): Promise<string> {
  const places = libraryPlaces(besideSchedule, environment);
  const isPath = isAbsolute(name) || /^(\.{1,2}|~)([/\\]|$)/.test(name);
  const embedded = isPath ? undefined : matchName(await listPlaces(kind, places.slice(0, 1)), name);
  if (embedded !== undefined) return embedded.path;

  const path = pathFrom(besideSchedule, name);
  const direct = await usablePath(kind, path);
  const entries = direct !== undefined || isPath ? [] : await listPlaces(kind, places);
  const found = direct ?? matchName(entries, name)?.path;
  refusePickle(found ?? name);
  if (found !== undefined) return found;
  const odd = name === "" ? { what: `no ${NOUNS[kind]} is named` } : await describeOddPath(path, NOUNS[kind]);
  throw new ModelError(odd?.what ?? `there is no such ${NOUNS[kind]}`, {
    where: printable(isPath || name === "" ? path : name),
    hint:
      odd?.hint ??
      describeChoices(kind, name, isPath ? await listPlaces(kind, places) : entries, environment),
  });
}

async function listPlaces(kind: LibraryKind, places: readonly LibraryPlace[]): Promise<LibraryEntry[]> {
  const entries = new Map<string, LibraryEntry>();
  for (const { title, folders } of places) {
    for (const folder of folders(kind)) {
      for (const { longName, path } of await readLibraryFolder(kind, folder)) {
        // Two ways to one file are one entry; so are `ControlNet` and `controlnet` where case does not count.
        const real = await realpath(path).catch(() => path);
        if (!entries.has(real))
          entries.set(real, { kind, name: basename(longName), longName, path, place: title });
      }
    }
  }
  return [...entries.values()];
}

/**
 * The entry that a name stands for.
 *
 * @throws ModelError when the first place that has the name has it twice, in different sub-folders
 */
function matchName(entries: readonly LibraryEntry[], name: string): LibraryEntry | undefined {
  const wanted = fold(stem(name.replaceAll("\\", "/")), false);
  for (const ignoreCase of [false, true]) {
    for (const part of ["longName", "name"] as const) {
      const matches = entries.filter((entry) => fold(entry[part], ignoreCase) === fold(wanted, ignoreCase));
      const [first] = matches;
      if (first === undefined) continue;
      const rivals = matches.filter(({ place }) => place === first.place);
      if (rivals.length === 1) return first;
      throw new ModelError(`the name stands for ${rivals.length} files`, {
        where: printable(name),
        hint: `Give the path of the one: ${rivals.map(({ path }) => printable(path)).join(", ")}.`,
      });
    }
  }
  return undefined;
}

/** Names are compared letter by letter, however their accents are stored. */
function fold(name: string, ignoreCase: boolean): string {
  const normal = name.normalize("NFC");
  return ignoreCase ? normal.toLowerCase() : normal;
}

function describeChoices(
  kind: LibraryKind,
  name: string,
  entries: readonly LibraryEntry[],
  environment: LibraryEnvironment,
): string {
  const names = [...new Set(entries.filter(({ path }) => !isPickle(path)).map((entry) => entry.name))];
  const wanted = stem(basename(name));
  const close = names.find(
    (known) => distance(known.toLowerCase(), wanted.toLowerCase()) <= wanted.length / 3,
  );
  const meant = close === undefined ? "" : `Did you mean ${printable(close)}? `;
  const known =
    names.length === 0
      ? `No ${NOUNS[kind]} was found.`
      : `There ${names.length === 1 ? "is" : "are"}: ${names.slice(0, MAX_NAMES_IN_HINT).map(printable).join(", ")}${names.length > MAX_NAMES_IN_HINT ? `, and ${names.length - MAX_NAMES_IN_HINT} more` : ""}.`;
  const folder = join(libraryRoot(environment), LIBRARY_FOLDERS[kind]);
  return `${meant}${known} Put ${WANTED[kind] ?? "a .safetensors file or a folder in the diffusers layout"} into ${printable(folder)} or beside the schedule, or give its path; \`animate models list\` shows what is where.`;
}
