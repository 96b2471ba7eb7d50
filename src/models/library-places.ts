/** Where models, LoRAs and their kin are looked for, in order: what comes with the package, then the user's own folders. */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What a file of the library is for; a network stands beside a model and is an ONNX file: depth, enlargement, optical flow. */
export type LibraryKind = "model" | "lora" | "embedding" | "controlnet" | "vae" | "network";

export const LIBRARY_KINDS: readonly LibraryKind[] = [
  "model",
  "lora",
  "embedding",
  "controlnet",
  "vae",
  "network",
];

/** Our own layout: one folder per kind below the place's root. */
export const LIBRARY_FOLDERS: Readonly<Record<LibraryKind, string>> = {
  model: "models",
  lora: "loras",
  embedding: "embeddings",
  controlnet: "controlnet",
  vae: "vae",
  network: "networks",
};

/** The folders of A1111's web UI and of ComfyUI, from the program's folder or from its `models/`. */
const TREE_FOLDERS: Readonly<Record<LibraryKind, readonly string[]>> = {
  model: ["Stable-diffusion", "checkpoints", "unet", "diffusion_models", "diffusers"],
  lora: ["Lora", "LyCORIS", "loras"],
  embedding: ["embeddings"],
  controlnet: ["ControlNet", "controlnet"],
  vae: ["VAE", "vae", "VAE-approx", "vae_approx"],
  network: [],
};
const TREE_EXTRAS: Readonly<Partial<Record<LibraryKind, readonly string[]>>> = {
  controlnet: ["extensions/sd-webui-controlnet/models"],
};

/** Folders that are never a sub-folder of another kind: `models/` of a web UI holds its LoRAs, too. */
export const KIND_FOLDER_NAMES: ReadonlySet<string> = new Set(
  [...Object.values(LIBRARY_FOLDERS), ...Object.values(TREE_FOLDERS).flat()].map((name) =>
    name.toLowerCase(),
  ),
);

/** A place that is searched. */
export interface LibraryPlace {
  /** As people know it: `embedded`, `schedule`, `working folder`, `library`, `ANIMATE_MODELS`. */
  readonly title: string;
  readonly root: string;
  /** Folders that may hold files of a kind, absolute; they need not exist. */
  readonly folders: (kind: LibraryKind) => readonly string[];
}

/** The variables that decide where the library is. */
export type LibraryEnvironment = Readonly<Record<string, string | undefined>>;

/** What comes with the package; the path is the same from `src/models/` and from `dist/models/`. */
export const EMBEDDED_ROOT = fileURLToPath(new URL("../../presets/", import.meta.url));

/** The folder that `animate models pull` and `add` write to: `ANIMATE_LIBRARY`, or `.animate` in the user's home. */
export function libraryRoot(environment: LibraryEnvironment = process.env): string {
  const { ANIMATE_LIBRARY } = environment;
  return ANIMATE_LIBRARY ? resolve(ANIMATE_LIBRARY) : join(homedir(), ".animate");
}

/** A path as users write it, absolute: `~` is the home, and relative paths start from a folder. */
export function pathFrom(folder: string, path: string): string {
  return resolve(folder, path.replace(/^~(?=[/\\])/, homedir()));
}

/**
 * All places, the first that has a name wins: the package, the schedule's folder, the working folder, the library, and the trees in
 * `ANIMATE_MODELS` (several are separated as in PATH).
 *
 * @param besideSchedule folder of the schedule, or the working directory for a flag
 */
export function libraryPlaces(
  besideSchedule: string,
  environment: LibraryEnvironment = process.env,
): LibraryPlace[] {
  const own = [
    ownPlace("embedded", EMBEDDED_ROOT),
    ownPlace("schedule", resolve(besideSchedule)),
    ownPlace("working folder", process.cwd()),
    ownPlace("library", libraryRoot(environment)),
  ];
  const trees = (environment["ANIMATE_MODELS"] ?? "")
    .split(delimiter)
    .filter((path) => path.trim() !== "")
    .map((path) => treePlace(resolve(path.trim())));
  const seen = new Set<string>();
  return [...own, ...trees].filter(({ root }) => !seen.has(root) && seen.add(root));
}

function ownPlace(title: string, root: string): LibraryPlace {
  return { title, root, folders: (kind) => [join(root, LIBRARY_FOLDERS[kind])] };
}

/** A folder without any of the known sub-folders is taken for a folder full of checkpoints. */
function treePlace(root: string): LibraryPlace {
  const folders = (kind: LibraryKind) => [
    ...TREE_FOLDERS[kind].flatMap((name) => [join(root, "models", name), join(root, name)]),
    ...(TREE_EXTRAS[kind] ?? []).map((name) => join(root, name)),
  ];
  const isTree = LIBRARY_KINDS.some((kind) => folders(kind).some((folder) => existsSync(folder)));
  return {
    title: "ANIMATE_MODELS",
    root,
    folders: (kind) => (isTree ? folders(kind) : kind === "model" ? [root] : []),
  };
}
