/** The chosen stills and the contact sheet as files: the same for a render, a video and a folder of pictures. */

import { writeFileAtomic } from "../files.ts";
import type { ByteImage } from "../tensor/image.ts";
import { chooseStills } from "./choose-stills.ts";
import { chooseSheetFrames, encodeContactSheet } from "./contact-sheet.ts";
import { type ExportOptions, exportStills, type StillSource, type Thumbnail } from "./export-stills.ts";
import { inSequence } from "./in-sequence.ts";
import { describeShortfall, type ScoredFrame, type Selection } from "./select.ts";
import { judgeCandidates } from "./judge-candidates.ts";
import type { JudgeFiles } from "./judge-messages.ts";
import { warnCopies } from "./warn-copies.ts";
import type { Weights } from "./weights.ts";
import { writeReport } from "./write-report.ts";

export interface StillsRequest extends ExportOptions {
  readonly weights: Weights;
  /** Networks that judge the best frames, see {@link judgeCandidates}. */
  readonly judges: JudgeFiles;
  /** Folder of pictures that the stills must not be copies of, absolute; null: nothing is compared. */
  readonly references: string | null;
  /** Path of the contact sheet, a JPEG. */
  readonly contactSheet: string;
  /** Every frame with what its own picture says of it, in the order of the film; one at least. */
  readonly frames: readonly ScoredFrame[];
  /** Small pictures that are at hand, which the sheet shows then; not given: any frame can be read as quickly. */
  readonly tiles?: ReadonlyMap<number, ByteImage> | undefined;
  /** Ends the work before the next picture is looked at, or the next reference is read. */
  readonly signal?: AbortSignal | undefined;
}

export interface Stills {
  /** Best first, a picture for each format. */
  readonly thumbnails: readonly Thumbnail[];
  readonly contactSheet: string;
  /** Path of the page that tells how they were chosen; null when none were asked for. */
  readonly report: string | null;
  readonly selection: Selection;
  /** Why there are fewer stills than asked for, and what viewers will miss of them; which are near-copies of references. */
  readonly warnings: readonly string[];
}

/**
 * Chooses the stills among scored frames and writes them, the sheet of the whole film, and the report on the choice.
 *
 * @throws FileError when a frame cannot be read again or a file cannot be written, EncodeError when a still does not fit into its bytes; the reason of
 *   `signal` when it is aborted
 */
export async function writeStills(request: StillsRequest): Promise<Stills> {
  const { weights, thumbnails: settings, source, contactSheet } = request;
  // Pictures of a folder have no neighbors.
  const scored = source.kind === "folder" ? request.frames : inSequence(request.frames);
  const { count } = settings;
  const none = { detector: null, aesthetic: null };
  const judged = await judgeCandidates(
    scored,
    weights,
    count === 0 ? none : request.judges,
    reader(request, request.tiles),
  );
  const { frames } = judged;
  const { selection, pictures } = await chooseStills(frames, { count, weights }, { still: reader(request) });
  const read = reader(request, pictures);
  const written = { ...request, frames, source: { ...source, read } };
  const exported = await exportStills(selection.picked, written);
  await writeFileAtomic(contactSheet, await drawSheet(written, selection));
  const shortfall = describeShortfall(selection, count);
  const { folder, tiles, references, signal } = request;
  const copies = await warnCopies(selection.picked, written.source, { references, folder, signal });
  const warnings = [
    ...(shortfall === undefined ? [] : [shortfall]),
    ...judged.warnings,
    ...exported.warnings,
    ...copies,
  ];
  const told = { title: source.name, folder, frames, selection, weights, warnings, read, tiles };
  const report = count === 0 ? null : await writeReport(told);
  return { thumbnails: exported.thumbnails, contactSheet, report, selection, warnings };
}

/** Reads frames, unless they are at hand or the work is to end. */
function reader(
  { source, signal }: StillsRequest,
  atHand?: ReadonlyMap<number, ByteImage>,
): StillSource["read"] {
  return async (address) => {
    signal?.throwIfAborted();
    return atHand?.get(address.frame) ?? (await source.read(address));
  };
}

async function drawSheet({ frames, source, tiles }: StillsRequest, selection: Selection): Promise<Buffer> {
  const merits = new Map(selection.ranked.map(({ frame, merit }) => [frame, merit]));
  const ranks = new Map(selection.picked.map(({ frame }, index) => [frame, index + 1]));
  const isAtHand = ({ frame }: ScoredFrame) => tiles === undefined || tiles.has(frame) || ranks.has(frame);
  const candidates = frames.filter(isAtHand);
  const picked = candidates.flatMap(({ frame }, index) => (ranks.has(frame) ? [index] : []));
  const shown = chooseSheetFrames(candidates.length, picked).map((index) => candidates[index]!);
  const drawn = shown.map(({ frame, timeSeconds }) => ({
    frame,
    timeSeconds,
    read: async () => tiles?.get(frame) ?? (await source.read({ frame, timeSeconds })),
    merit: merits.get(frame),
    rank: ranks.get(frame),
  }));
  return encodeContactSheet(drawn);
}
