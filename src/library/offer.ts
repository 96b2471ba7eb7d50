/** What a pull would bring: shown before anything is downloaded. */

import { DownloadError } from "../errors.ts";
import { type Choice, chooseFiles } from "./choose-files.ts";
import type { Hub } from "./hub.ts";
import type { PullTarget } from "./pull-target.ts";
import { termsToAccept } from "./refusal.ts";
import { readRepository, type RepoFile, type Repository } from "./repo-files.ts";

export interface Offer {
  readonly target: PullTarget;
  /** Where it is; the commit is empty for a file at an address of its own. */
  readonly repository: Pick<Repository, "repo" | "commit">;
  /** Address of a file's content. */
  readonly urlOf: (file: RepoFile) => string;
  readonly choice: Choice;
  readonly bytes: number;
  readonly license: { readonly name: string; readonly url: string };
}

/**
 * Asks the hub what there is to download.
 *
 * @throws DownloadError when it is not there, may not be read, or is not what the catalogue knows
 */
export async function prepareOffer(hub: Hub, target: PullTarget): Promise<Offer> {
  if (target.gated && !hub.hasToken) throw termsToAccept(`${hub.endpoint}/${target.repo}`, hub.endpoint);
  const repository = await readRepository(hub, target.repo, target.revision);
  const choice = chooseFiles(repository, target.file);
  const [first] = choice.files;
  if (target.sha256 !== undefined && first?.hash.digest !== target.sha256) {
    throw new DownloadError(
      `the file on the server is another than the catalogue knows: hash ${first?.hash.digest}, expected ${target.sha256}`,
      {
        where: `${target.repo}/${target.file}`,
        hint: "If the owner has published a new version that you trust, take it with --revision main.",
      },
    );
  }
  const bytes = choice.files.reduce((sum, file) => sum + file.bytes, 0);
  const license = target.license ?? {
    name: repository.license || "not stated",
    url: `${hub.endpoint}/${target.repo}`,
  };
  const urlOf = ({ path }: RepoFile) =>
    [
      hub.endpoint,
      target.repo,
      "resolve",
      repository.commit,
      ...path.split("/").map(encodeURIComponent),
    ].join("/");
  return { target, repository, urlOf, choice, bytes, license };
}
