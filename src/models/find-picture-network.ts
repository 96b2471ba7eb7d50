/** From what the user calls a depth network or an upscaler to its folder or ONNX file. */

import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printable } from "../printable.ts";
import { readJsonObject } from "./config.ts";
import { EMBEDDED_ROOT, libraryPlaces, pathFrom, type LibraryEnvironment } from "./library-places.ts";
import { ONNX_VERSION, refusePickle } from "./pickle.ts";

export type PictureNetworkKind = "depth" | "upscaler";

interface KindFacts {
  /** `_class_name` in the config.json of our own networks. */
  readonly className: string;
  readonly noun: string;
  /** What a model's name and this make the name of the network that belongs to it. */
  readonly suffix: string;
}

const KINDS: Readonly<Record<PictureNetworkKind, KindFacts>> = {
  depth: { className: "DepthEstimator", noun: "depth network", suffix: "-depth" },
  upscaler: { className: "Upscaler", noun: "upscaler", suffix: "-upscale" },
};

/**
 * The place of a depth network or upscaler: a name such as `storybook-depth` (embedded, or in `models/` of the library's places), or a path.
 *
 * @param nameOrPath a `.onnx` file may be named without its extension
 * @param baseFolder that relative paths start from: the schedule's folder, or the working directory for a flag
 * @returns absolute path of a folder with `config.json`, or of a `.onnx` file
 * @throws ModelError that lists what there is when there is none, or when the folder is a network of another kind
 */
export async function findPictureNetwork(
  kind: PictureNetworkKind,
  nameOrPath: string,
  baseFolder: string,
  environment: LibraryEnvironment = process.env,
): Promise<string> {
  for (const candidate of candidates(nameOrPath, baseFolder, environment)) {
    const found = await kindOf(candidate);
    if (found === kind || found === "onnx") return candidate;
  }
  refusePickle(nameOrPath, ONNX_VERSION);
  const path = pathFrom(baseFolder, nameOrPath);
  const { noun, suffix } = KINDS[kind];
  const status = await stat(path).catch(() => undefined);
  const names = (await listEmbeddedPictureNetworks(kind)).join(", ");
  throw new ModelError(
    status === undefined
      ? `there is no such ${noun}`
      : `this is no ${noun}: expected a .onnx file or a folder with its config.json`,
    {
      where: printable(status === undefined ? nameOrPath : path),
      hint: `Embedded: ${names === "" ? "none" : names}. Or give the path of a .onnx file, or of a folder made like <model>${suffix}.`,
    },
  );
}

/**
 * The network that belongs to a model: the folder of the same name with `-depth` or `-upscale` behind it, in the same place. `storybook` has
 * both.
 *
 * @param modelPath folder or `.safetensors` file, absolute
 * @returns null when there is none
 */
export async function findCompanion(kind: PictureNetworkKind, modelPath: string): Promise<string | null> {
  const companion = `${modelPath.replace(/\.safetensors$/i, "")}${KINDS[kind].suffix}`;
  return (await kindOf(companion)) === kind ? companion : null;
}

/** Names of the embedded networks of a kind, sorted. */
export async function listEmbeddedPictureNetworks(kind: PictureNetworkKind): Promise<string[]> {
  const folder = join(EMBEDDED_ROOT, "models");
  const names = await readdir(folder).catch((): string[] => []);
  const kinds = await Promise.all(names.map((name) => kindOf(join(folder, name))));
  return names.filter((_, i) => kinds[i] === kind).toSorted();
}

/**
 * What a name or path stands for when it may be a network of any kind; undefined when it is none of these.
 *
 * @param baseFolder as for {@link findPictureNetwork}
 */
export async function identifyPictureNetwork(
  nameOrPath: string,
  baseFolder: string,
): Promise<{ readonly kind: PictureNetworkKind | "onnx"; readonly path: string } | undefined> {
  for (const path of candidates(nameOrPath, baseFolder, process.env)) {
    const kind = await kindOf(path);
    if (kind !== undefined) return { kind, path };
  }
  return undefined;
}

/** Where a name may lead, in order: embedded, a path, the places of the library; each also as an ONNX file. */
function candidates(nameOrPath: string, baseFolder: string, environment: LibraryEnvironment): string[] {
  const [embedded, ...places] = libraryPlaces(baseFolder, environment).flatMap(({ folders }) =>
    [...folders("model"), ...folders("network")].map((folder) => join(folder, nameOrPath)),
  );
  return [embedded!, pathFrom(baseFolder, nameOrPath), ...places].flatMap((path) => [path, `${path}.onnx`]);
}

async function kindOf(path: string): Promise<PictureNetworkKind | "onnx" | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isFile()) return /\.onnx$/i.test(basename(path)) ? "onnx" : undefined;
  if (!status?.isDirectory()) return undefined;
  const config = await readJsonObject(join(path, "config.json"), LIMITS.model.smallConfigBytes).catch(
    () => undefined,
  );
  const name = config?.["_class_name"];
  return (["depth", "upscaler"] as const).find((kind) => KINDS[kind].className === name);
}
