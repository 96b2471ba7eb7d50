/** Which frames of a plan would be rendered, given what is there, and why. */

import { type ChainBasis, hashBasis } from "./chain.ts";
import { type Change, diffValues, type HashNames, type Values } from "./diff-values.ts";
import { formatRanges } from "./frame-ranges.ts";

/** Frames that are rendered for the same reason. */
export interface Reason {
  /** `300`, `301–500`; `all` where it is what all frames share. */
  readonly frames: string;
  /** `motion.zoom 1.02 → 1.05`, `follow from 300`. */
  readonly why: string;
}

export interface PlanDiff {
  /** Frames of the plan. */
  readonly frames: number;
  /** Those that would be rendered, by number. */
  readonly render: readonly number[];
  readonly reasons: readonly Reason[];
}

/** A plan, and what of it is there. */
export interface PlanState {
  readonly now: ChainBasis;
  /** Whether each frame of it is finished and intact, in its order. */
  readonly isFinished: readonly boolean[];
  /** Of the run that was there before; undefined when it did not keep any. */
  readonly before: ChainBasis | undefined;
  /** Frames and hashes of the journal. */
  readonly journal: readonly { readonly frame: number; readonly chain: string }[];
  readonly names: HashNames;
}

/** At most so many changes of one frame are named. */
const MOST_CHANGES = 3;

export function diffPlan({ now, isFinished, before, journal, names }: PlanState): PlanDiff {
  const frames = placesOf(now);
  const earlier = new Map(before && placesOf(before).map((place) => [place.frame, place]));
  const chains = new Set(journal.map(({ chain }) => chain));
  const numbers = new Set(journal.map(({ frame }) => frame));
  const shared = sharedChanges(frames, earlier, names);
  const isShared = new Set(shared.map(changeText));

  const whys: Why[] = [];
  /** What those behind the last frame of a part that an edit changed are rendered for. */
  let following: string | undefined;
  for (const [place, { frame, chain, values, facts, begins }] of frames.entries()) {
    if (begins) following = undefined;
    const known = earlier.get(frame);
    if (known && known.begins !== begins) following = movedShot(frame, begins);
    const changes =
      known === undefined || known.chain === chain
        ? []
        : [
            ...(begins ? diffValues(known.facts, facts, names) : []),
            ...diffValues(known.values, values, names),
          ];
    if (changes.length > 0) following = `follow from ${frame}`;
    if (isFinished[place]) continue;
    const own = changes.filter((change) => !isShared.has(changeText(change)));
    if (chains.has(chain)) whys.push({ frame, kind: "its file is damaged or missing", changes: [] });
    else if (!numbers.has(frame) || known?.chain === chain)
      whys.push({ frame, kind: "not rendered yet", changes: [] });
    else if (own.length > 0) whys.push({ frame, kind: "", changes: own });
    else if (shared.length > 0) continue;
    else whys.push({ frame, kind: following ?? "made by another plan", changes: [] });
  }
  const render = frames.flatMap(({ frame }, place) => (isFinished[place] ? [] : [frame]));
  return {
    frames: frames.length,
    render: render.toSorted((a, b) => a - b),
    reasons: [
      ...(render.length > 0 ? shared.map((change) => ({ frames: "all", why: changeText(change) })) : []),
      ...group(whys),
    ],
  };
}

/** A frame in its place. */
interface Place {
  readonly frame: number;
  readonly chain: string;
  readonly values: Values;
  /** Of its part. */
  readonly facts: Values;
  /** Whether it is the first of its part. */
  readonly begins: boolean;
}

function placesOf(basis: ChainBasis): Place[] {
  const chain = hashBasis(basis);
  let facts: Values = basis.facts;
  return basis.frames.map((values, place) => {
    const otherFacts = basis.begins?.[place];
    if (otherFacts) facts = { ...basis.facts, ...otherFacts };
    const frame = typeof values["frame"] === "number" ? values["frame"] : place;
    return { frame, chain: chain[place]!, values, facts, begins: place === 0 || otherFacts !== undefined };
  });
}

/** What it means for a frame that it was the first of a shot and is not, or the other way around. */
function movedShot(frame: number, begins: boolean): string {
  return begins ? `a shot begins at ${frame}` : `no shot begins at ${frame} any more`;
}

/** What is another one in every part that was there before. */
function sharedChanges(
  frames: readonly Place[],
  earlier: ReadonlyMap<number, Place>,
  names: HashNames,
): Change[] {
  let shared: Change[] | undefined;
  for (const { frame, facts, begins } of frames) {
    const known = begins ? earlier.get(frame) : undefined;
    if (!known) continue;
    const changes = diffValues(known.facts, facts, names);
    const texts = new Set(changes.map(changeText));
    shared = shared ? shared.filter((change) => texts.has(changeText(change))) : changes;
    if (shared.length === 0) break;
  }
  return shared ?? [];
}

interface Why {
  readonly frame: number;
  /** Empty where there are changes of its own. */
  readonly kind: string;
  readonly changes: readonly Change[];
}

/** Neighbors that are rendered for the same, by what changed in them, whatever the values. */
function group(whys: readonly Why[]): Reason[] {
  const groups: Why[][] = [];
  for (const why of whys.toSorted((a, b) => a.frame - b.frame)) {
    const last = groups.at(-1);
    const previous = last?.at(-1);
    if (last && previous && previous.frame + 1 === why.frame && keyOf(previous) === keyOf(why))
      last.push(why);
    else groups.push([why]);
  }
  return groups.map((members) => ({
    frames: formatRanges(
      members.map(({ frame }) => frame),
      "–",
    ),
    why: members[0]!.kind || changesText(members),
  }));
}

function keyOf({ kind, changes }: Why): string {
  return JSON.stringify([kind, ...changes.map(({ what }) => what)]);
}

function changesText(members: readonly Why[]): string {
  const { frame, changes } = members[0]!;
  const isSteady = (index: number) =>
    members.every((member) => member.changes[index]?.values === changes[index]!.values);
  const texts = changes.slice(0, MOST_CHANGES).map((change, index) => {
    const text = changeText(change);
    return change.values === null || isSteady(index) ? text : `${text} at ${frame}`;
  });
  const more = changes.length - texts.length;
  return texts.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function changeText({ what, values }: Change): string {
  return values === null ? what : `${what} ${values}`;
}
