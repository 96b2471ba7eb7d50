/** `manifest.json` of a folder of results: what it was made of and what became of each picture. */

import { cpus } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import { runtimeVersion } from "../render/run-facts.ts";
import { version } from "../render/version.ts";
import type { FinishedPicture } from "./finished-pictures.ts";
import type { PictureFailure } from "./folder-picture.ts";
import type { FolderRequest } from "./folder-request.ts";
import type { PreparedFolder } from "./prepare-folder.ts";

interface FolderState extends PreparedFolder {
  readonly request: FolderRequest;
  /** By the pictures' names. */
  readonly finished: ReadonlyMap<string, FinishedPicture>;
  readonly failures: readonly PictureFailure[];
}

/** Written before the first picture, so that the seed is known whatever happens, and again at the end. */
export async function writeFolderManifest(
  status: "running" | "stopped" | "complete",
  { request, settings, tasks, plans, addons, model, inference, finished, failures }: FolderState,
): Promise<void> {
  const { folder, out, part, output, seedPerPicture } = request;
  const content = {
    status,
    versions: { animate: version, onnxruntime: runtimeVersion, node: process.versions.node },
    processor: cpus()[0]?.model ?? "unknown",
    model: { name: model.name, sha256: model.hash, provider: model.provider },
    ...(inference.captioner && { captioner: toRecord(inference.captioner) }),
    ...(addons.loras.length > 0 && { loras: addons.loras.map(toRecord) }),
    ...(addons.embeddings.length > 0 && { embeddings: addons.embeddings.map(toRecord) }),
    folder,
    prompt: plans.template,
    seed_per_picture: seedPerPicture,
    ...(part && { region: { ...part, region: describeRegion(part.region) } }),
    output,
    settings,
    // In the order of the folder.
    pictures: tasks.flatMap(({ name }) => finished.get(name) ?? []),
    failed: failures,
  };
  await writeFileAtomic(join(out, "manifest.json"), `${JSON.stringify(content, null, 2)}\n`);
}

function toRecord({
  name,
  ...hashes
}: { readonly name: string } & ({ readonly sha256: string } | { readonly hash: string })) {
  return { name, sha256: "sha256" in hashes ? hashes.sha256 : hashes.hash };
}

function describeRegion(region: NonNullable<FolderRequest["part"]>["region"]): string {
  if (region.kind === "alpha") return "alpha";
  return region.kind === "expression" ? region.text : region.path;
}
