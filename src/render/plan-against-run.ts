/** What a start would do to a run folder, found out beforehand: nothing there is written, locked or removed, and a render may be at work in it. */

import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { canonicalJson } from "./chain.ts";
import { diffPlan, type PlanDiff } from "./diff-plan.ts";
import { diffValues, type HashNames } from "./diff-values.ts";
import { type EarlierRun, readEarlierRun } from "./earlier-run.ts";
import { findFinished, JOURNAL_FILE } from "./finished-frames.ts";
import { readJournal } from "./journal-entry.ts";
import type { Pins } from "./pins.ts";
import { type PreparedRun, prepareRun } from "./prepare.ts";
import type { RenderRequest } from "./render-request.ts";
import { framesOfOthers } from "./run-cache.ts";
import { readStoredPlan } from "./stored-plan.ts";

type Networks = Pins["networks"];

export interface RunDiff extends PlanDiff {
  /**
   * Why a render would ask before it goes on from the frames that are there, see `refuseDrift`; none where it would not. The rest then tells
   * what it does with `--allow-drift`; with `--force` it renders all frames.
   */
  readonly asks: readonly string[];
  /** Frames of `render` that need not be made, because the cache has them, by number. */
  readonly cached: readonly number[];
  /** Settings that are others than those of the run and change no frame: `fps 10 → 20`. Only where no frame would be rendered. */
  readonly idle: readonly string[];
}

/**
 * Compares a plan with what its folder has.
 *
 * @throws AnimateError of any kind, as a render would ahead of its first frame
 */
export async function planAgainstRun(
  request: Omit<RenderRequest, "resume" | "force" | "allowDrift" | "stop" | "onEvent">,
): Promise<RunDiff> {
  const { folder } = request;
  const inputs = await mkdtemp(join(tmpdir(), "animate-diff-"));
  try {
    await linkInputs(folder, inputs);
    const prepared = await prepareRun(
      {
        ...request,
        resume: false,
        force: false,
        allowDrift: true,
        stop: new AbortController().signal,
        onEvent: () => {},
      },
      inputs,
    );
    // Nothing is painted: it was asked for the hashes of its networks.
    await prepared.inference.close();
    return await compare(prepared, request);
  } finally {
    await rm(inputs, { recursive: true, force: true });
  }
}

async function compare(
  prepared: PreparedRun,
  { folder, cache }: Pick<RenderRequest, "folder" | "cache">,
): Promise<RunDiff> {
  const { agreement, settings, pins } = prepared;
  const earlier = await readEarlierRun(folder);
  const finished = await findFinished(folder, agreement.chain);
  const diff = diffPlan({
    now: agreement.basis,
    isFinished: finished.map((entry) => entry !== undefined),
    before: await readStoredPlan(folder),
    journal: await readJournal(join(folder, JOURNAL_FILE)),
    names: hashNames(pins.networks, earlier),
  });
  const idle = diff.render.length === 0 && earlier ? changedSettings(earlier.settings, settings) : [];
  const cached = await findCached(prepared, diff.render, cache);
  return { ...diff, asks: agreement.differences, cached, idle };
}

async function findCached(
  prepared: PreparedRun,
  missing: readonly number[],
  place: RenderRequest["cache"],
): Promise<number[]> {
  const request = { ...(place && { cache: place }), force: false, onEvent: () => {} };
  const others = framesOfOthers(request, prepared);
  const hashes = new Map(prepared.plan.map(({ frame }, i) => [frame, prepared.chain[i]!]));
  const cached: number[] = [];
  for (const frame of others ? missing : []) {
    if (await others!.has(hashes.get(frame)!)) cached.push(frame);
  }
  return cached;
}

function hashNames(networks: Networks, earlier: EarlierRun | undefined): HashNames {
  return { before: namesByHash(earlier?.pins.networks ?? {}), now: namesByHash(networks) };
}

function namesByHash(networks: Networks): Map<string, string> {
  return new Map(Object.entries(networks).map(([name, hash]) => [hash, name]));
}

function changedSettings(before: EarlierRun["settings"], now: object): string[] {
  const known = Object.fromEntries(Object.entries(now).filter(([key]) => key in before));
  // As they come back from a file.
  const [then, today] = [before, known].map((settings) => JSON.parse(canonicalJson(settings)) as object);
  const names = { before: new Map<string, string>(), now: new Map<string, string>() };
  return diffValues({ ...then }, { ...today }, names).map(({ what, values }) =>
    values === null ? what : `${what} ${values}`,
  );
}

/**
 * Pictures that were extracted from videos before are found through links; new ones are extracted beside these, so that those of the run
 * stay as they are.
 */
async function linkInputs(folder: string, temporary: string): Promise<void> {
  const inputs = resolve(folder, "inputs");
  await mkdir(join(temporary, "inputs"));
  for (const name of await readdir(inputs).catch(() => [])) {
    await symlink(join(inputs, name), join(temporary, "inputs", name), "junction");
  }
}
