/** Shows what a download would bring, asks for consent, and brings it. */

import type { Hub } from "../library/hub.ts";
import type { Offer } from "../library/offer.ts";
import type { PulledModel } from "../library/pull.ts";
import { libraryRoot } from "../models/library-places.ts";
import { printable } from "../printable.ts";
import { inUnits } from "./byte-units.ts";
import { confirm } from "./confirm.ts";
import { createPullProgress } from "./pull-progress.ts";
import { INTERRUPTED } from "./stop-on-interrupt.ts";

export interface PullRequest {
  readonly connect: (signal: AbortSignal) => Hub;
  readonly prepare: (hub: Hub) => Promise<Offer>;
  /** Consent given beforehand. */
  readonly acceptLicense: boolean;
}

/**
 * Runs a download until it is done, refused, or stopped by Ctrl-C; the last two set the exit code.
 *
 * @returns undefined when it was refused or stopped
 * @throws as `prepare` and `pull` do
 */
export async function runPull({
  connect,
  prepare,
  acceptLicense,
}: PullRequest): Promise<PulledModel | undefined> {
  const { pull } = await import("../library/pull.ts");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const hub = connect(stop.signal);
  try {
    const offer = await prepare(hub);
    printOffer(offer);
    if (!acceptLicense && !(await confirm("Do you accept the license?", "--accept-license"))) {
      process.stderr.write("Nothing was downloaded.\n");
      process.exitCode = 1;
      return undefined;
    }
    const { name } = offer.target;
    const progress = createPullProgress(name, offer.bytes);
    const pulled = await pull(hub, offer, { root: libraryRoot(), onBytes: progress.onBytes }).finally(() =>
      progress.clear(),
    );
    console.log(printable(`${pulled.kind} ${name}: ${pulled.path}`));
    return pulled;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write("stopped; what has arrived is kept, continue with the same command\n");
    process.exitCode = INTERRUPTED;
    return undefined;
  }
}

function printOffer({ target, repository, choice, bytes, license }: Offer): void {
  const count = choice.files.length === 1 ? "1 file" : `${choice.files.length} files`;
  const version = repository.commit === "" ? "" : ` at ${repository.commit.slice(0, 10)}`;
  const lines = [
    `${target.name}: ${count}, ${inUnits(bytes)}, from ${repository.repo}${version}`,
    `license: ${license.name}, ${license.url}`,
  ];
  for (const line of lines) process.stderr.write(`${printable(line)}\n`);
}
