/** What the user wants to pull: a name of the catalogue, a repository of the hub, or one file of it. */

import { distance } from "fastest-levenshtein";
import { SettingsError } from "../errors.ts";
import type { LibraryKind } from "../models/library-places.ts";
import { excerpt } from "../printable.ts";
import type { CatalogueEntry } from "./catalogue.ts";

export interface PullTarget {
  /** In the library. */
  readonly name: string;
  /** Undefined: told by the content. */
  readonly kind: LibraryKind | undefined;
  /** `owner/name`. */
  readonly repo: string;
  readonly revision: string;
  /** The one file to take. */
  readonly file: string | undefined;
  /** Of that file, where the catalogue knows it: whatever a server says, nothing else is accepted. */
  readonly sha256: string | undefined;
  /** Whether the catalogue says that the owner wants terms accepted; where it says nothing, the hub will. */
  readonly gated: boolean;
  /** From the catalogue. */
  readonly license: { readonly name: string; readonly url: string } | undefined;
}

export interface PullWishes {
  readonly kind?: LibraryKind | undefined;
  /** Name in the library. */
  readonly as?: string | undefined;
  readonly revision?: string | undefined;
}

/**
 * Reads `sd15`, `owner/name`, `owner/name/file.safetensors`, or the address of a page of huggingface.co.
 *
 * @throws SettingsError for anything else, with the nearest name of the catalogue
 */
export function parsePullTarget(
  text: string,
  catalogue: readonly CatalogueEntry[],
  { kind, as, revision }: PullWishes = {},
): PullTarget {
  const listed = catalogue.find(({ name }) => name === text.toLowerCase());
  if (listed !== undefined) {
    const { name, repo, file, sha256, license, gated } = listed;
    return {
      name: checkName(as ?? name),
      kind: kind ?? listed.kind,
      repo,
      revision: revision ?? listed.revision,
      file,
      // Another revision may hold another file on purpose.
      sha256: revision === undefined ? sha256 : undefined,
      gated,
      license,
    };
  }
  const pattern =
    /^(?:https?:\/\/[^/]+\/)?(?<repo>[\w-][\w.-]*\/[\w-][\w.-]*)(?:\/(?:resolve|blob|tree)\/(?<revision>[^/?]+))?(?:\/(?<file>[^?#]+))?\/?(?:[?#].*)?$/;
  const parts = pattern.exec(text)?.groups;
  if (parts?.["repo"] === undefined) throw unknownTarget(text, catalogue);
  const { repo } = parts;
  const file = parts["file"] === undefined ? undefined : decode(parts["file"]).replace(/\/$/, "");
  const ownName = (file ?? repo)
    .split("/")
    .at(-1)!
    .replace(/\.(safetensors|onnx)$/i, "");
  // Every second repository calls its file so; the repository's name says more.
  const isNameless = /^(model|diffusion_pytorch_model|pytorch_lora_weights|learned_embeds)([._]fp16)?$/i.test(
    ownName,
  );
  return {
    name: checkName(as ?? (isNameless ? repo.split("/")[1]! : ownName)),
    kind,
    repo,
    revision: revision ?? (parts["revision"] === undefined ? "main" : decode(parts["revision"])),
    file,
    sha256: undefined,
    gated: false,
    license: undefined,
  };
}

/** A name in the library becomes a file name. @throws SettingsError */
export function checkName(name: string): string {
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_ .+()-]{0,99}$/u.test(name) && !/[. ]$/.test(name)) return name;
  throw new SettingsError([
    {
      location: "--as",
      path: "",
      message: `expected a name of letters, digits, spaces and _ . + - ( ), found ${excerpt(name)}`,
    },
  ]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unknownTarget(text: string, catalogue: readonly CatalogueEntry[]): SettingsError {
  const [nearest] = catalogue
    .map(({ name }) => ({ name, steps: distance(name, text.toLowerCase()) }))
    .toSorted((one, other) => one.steps - other.steps);
  const meant = nearest === undefined || nearest.steps > 2 ? "" : `did you mean ${nearest.name}? `;
  return new SettingsError([
    {
      location: "models pull",
      path: "",
      message: `expected a name of the catalogue, or owner/repository on huggingface.co, found ${excerpt(text)}`,
      hint: `${meant}\`animate models list --catalogue\` shows the names`,
    },
  ]);
}
