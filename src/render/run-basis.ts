/** What the hashes of a run are made of, in parts that are each an animation of its own. */

import type { FramePlan } from "../schedule/frame-plan.ts";
import type { PlaceRange } from "../schedule/shots.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import { canonicalJson, type ChainBasis, chainBasis, type RunFacts } from "./chain.ts";
import { type OpenedParts, runFacts } from "./run-facts.ts";

export interface RunInParts {
  readonly settings: Settings;
  /** In the order of rendering, with models and add-ons by their content. */
  readonly plan: readonly FramePlan[];
  /** See schedule/shots.ts; together all of the plan. */
  readonly parts: readonly PlaceRange[];
  readonly opened: OpenedParts;
  /** What all frames share besides. */
  readonly moreFacts: RunFacts;
  /** See {@link chainBasis}. */
  readonly inputs: Parameters<typeof chainBasis>[2];
}

/** The chain begins anew with every part; the start picture belongs to the first one, if frames build on each other. */
export function runBasis({ settings, plan, parts, opened, moreFacts, inputs }: RunInParts): ChainBasis {
  const bases = parts.map(({ begin, end }) => {
    const frames = plan.slice(begin, end);
    const startsFromPicture = begin === 0 && !drawsSingly(settings);
    const facts = runFacts(settings, frames, startsFromPicture ? opened : { ...opened, initImage: null });
    return chainBasis({ ...facts, ...moreFacts }, frames, inputs?.slice(begin, end));
  });
  const { facts } = bases[0]!;
  const others = bases.map((basis, part) => [parts[part]!.begin, differing(basis.facts, facts)] as const);
  return {
    facts,
    frames: bases.flatMap(({ frames }) => frames),
    ...(parts.length > 1 && { begins: Object.fromEntries(others.slice(1)) }),
  };
}

/** All parts have the same facts by name; few of them have another content. */
function differing(facts: RunFacts, first: RunFacts): RunFacts {
  return Object.fromEntries(
    Object.entries(facts).filter(([name, fact]) => canonicalJson(fact) !== canonicalJson(first[name])),
  );
}
