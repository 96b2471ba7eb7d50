/** Whether a start may go on from the frames of an earlier one: under other pins only when it is asked to. */

import { RenderError } from "../errors.ts";
import { canonicalJson, type ChainBasis, hashBasis, type RunFacts } from "./chain.ts";
import { formatRanges } from "./frame-ranges.ts";
import { comparePins, type Pins, type PinDifferences, type RecordedPins } from "./pins.ts";
import type { EarlierRun } from "./earlier-run.ts";
import type { ManifestFrame } from "./manifest.ts";
import type { Settings } from "../settings/schema.ts";

/** Frames that were made under other pins than their hashes say. */
export interface DriftedFrames {
  readonly pins: Pins;
  /** `300-419, 422`. */
  readonly frames: string;
}

/** What a manifest tells about pins. */
export interface PinRecord {
  /** Those that the hashes of the frames are made with. */
  readonly pins: RecordedPins;
  /** Not there when all frames were made under them. */
  readonly drift?: readonly DriftedFrames[];
}

export interface Agreement {
  /** One hash per frame: of this start's pins, or, where it drifts, of those that the finished frames were made under. */
  readonly chain: readonly string[];
  /** What these hashes are made of. */
  readonly basis: ChainBasis;
  /** What is another one now and was not allowed before, in words; see {@link refuseDrift}. */
  readonly differences: readonly string[];
  /** Finished frames that this start would go on from. */
  readonly found: number;
  /** Whether some frame is or will be another than its hash says: then none may be shared with other runs. */
  readonly isDrifted: boolean;
  /**
   * For the manifest.
   *
   * @param frames that there are, made now or taken over
   * @param planned those that are still to be made, in a manifest that is written ahead of them
   */
  record(
    frames: readonly { readonly frame: number; readonly status: ManifestFrame["status"] }[],
    planned: readonly { readonly frame: number }[],
  ): PinRecord;
}

/** A start as far as it matters here. */
export interface Start {
  readonly settings: Settings;
  readonly basis: ChainBasis;
  readonly pins: Pins;
}

/**
 * Compares a start with what its folder holds. Frames under other pins are found too: their hashes are made with what the manifest tells.
 *
 * @param earlier undefined when there is none, or no frame of it is to be taken over
 */
export function agreeOnPins({ settings, basis, pins }: Start, earlier: EarlierRun | undefined): Agreement {
  const own = {
    chain: hashBasis(basis),
    basis,
    differences: [],
    found: 0,
    isDrifted: false,
    record: () => ({ pins }),
  };
  if (!earlier) return own;
  const isSame = (path: keyof Settings) =>
    !(path in earlier.settings) || canonicalJson(earlier.settings[path]) === canonicalJson(settings[path]);
  const differences = comparePins(earlier.pins, pins, isSame);
  const basisThen = underPins(basis, earlier.pins, pins, isSame);
  const asThen = hashBasis(basisThen);
  const framesOf = (chain: readonly string[]) => {
    const wanted = new Set(chain);
    return earlier.entries.filter((entry) => wanted.has(entry.chain));
  };
  const [ofThen, ofNow] = [framesOf(asThen), framesOf(own.chain)];
  // Hashes of this start under a manifest with other pins contradict each other, and whoever knows why may allow it.
  const isThen = ofThen.length >= ofNow.length;
  const found = isThen ? ofThen : ofNow;
  // Nothing to drift from: an edit changes every frame, or there is none yet.
  if (found.length === 0) return own;

  const keepsVideo = (["video", "fps", "size"] as const).every(isSame);
  const told = [...differences.frames, ...(keepsVideo ? differences.video : [])];
  const wasAllowed = earlier.drift.some((drift) => isNothing(comparePins(drift.pins, pins)));
  const drifts = differences.frames.length > 0;
  const before = earlier.drift.map((drift) => ({ pins: drift.pins, frames: new Set(drift.frames) }));
  return {
    ...(isThen ? { chain: asThen, basis: basisThen } : own),
    differences: wasAllowed ? [] : told,
    found: found.length,
    isDrifted: drifts || found.some(({ frame }) => before.some(({ frames }) => frames.has(frame))),
    record(frames, planned) {
      const there = new Set(frames.map(({ frame }) => frame));
      const kept = frames.filter(({ status }) => status === "reused");
      const made = [
        ...frames.filter(({ status }) => status === "rendered"),
        ...planned.filter(({ frame }) => !there.has(frame)),
      ];
      const drift = joinDrift([
        ...before.map((earlierDrift) => ({
          pins: earlierDrift.pins,
          frames: kept.filter(({ frame }) => earlierDrift.frames.has(frame)),
        })),
        ...(drifts ? [{ pins, frames: made }] : []),
      ]);
      // The video is encoded anew where it would be joined from the work of two programs.
      return {
        pins: drifts ? { ...earlier.pins, ffmpeg: pins.ffmpeg } : pins,
        ...(drift.length > 0 && { drift }),
      };
    },
  };
}

/**
 * Refuses to go on from frames that were made under other pins.
 *
 * @param folder of the run
 * @throws RenderError with all differences
 */
export function refuseDrift({ differences, found }: Agreement, folder: string): void {
  if (differences.length === 0) return;
  const what = found === 1 ? "the finished frame here was" : `the ${found} finished frames here were`;
  throw new RenderError(`${what} made under other conditions: ${differences.join(", ")}`, {
    where: folder,
    hint: "Add --allow-drift to go on from them as they are, --force to render every frame anew, or choose another folder with --out.",
  });
}

/** The basis as it would be under the pins of an earlier start, where nothing else is another one. */
function underPins(
  basis: ChainBasis,
  before: RecordedPins,
  now: Pins,
  isSame: (setting: "device" | "precision") => boolean,
): ChainBasis {
  const hashes = new Map<string, string>();
  for (const [name, hash] of Object.entries(before.networks ?? {})) {
    const today = now.networks[name];
    if (today !== undefined && today !== hash) hashes.set(today, hash);
  }
  // A sha256 stands for nothing but what was hashed: it may be exchanged wherever it stands.
  const exchange = <Value>(value: Value): Value =>
    hashes.size === 0
      ? value
      : (JSON.parse(
          JSON.stringify(value, (_key, inner: unknown) =>
            typeof inner === "string" ? (hashes.get(inner) ?? inner) : inner,
          ),
        ) as Value);
  const sameDevice = isSame("device");
  const facts = Object.entries(exchange(basis.facts)).filter(([name]) => name !== "precision");
  const precision =
    sameDevice && isSame("precision") && before.precision !== undefined ? before.precision : now.precision;
  return {
    facts: {
      ...Object.fromEntries(facts),
      ...(before.pixels !== undefined && { pixels: before.pixels }),
      ...(before.onnxruntime !== undefined && { runtime: before.onnxruntime }),
      ...(sameDevice && before.provider !== undefined && { provider: before.provider }),
      // Not there at its default, see runFacts.
      ...(precision !== "fp32" && { precision }),
    } satisfies RunFacts,
    frames: exchange(basis.frames),
    ...(basis.begins && { begins: exchange(basis.begins) }),
  };
}

function isNothing({ frames, video }: PinDifferences): boolean {
  return frames.length === 0 && video.length === 0;
}

/** One entry per set of pins, without those that no frame is left of. */
function joinDrift(
  entries: readonly { readonly pins: Pins; readonly frames: readonly { readonly frame: number }[] }[],
): DriftedFrames[] {
  const byPins = new Map<string, { pins: Pins; frames: number[] }>();
  for (const { pins, frames } of entries) {
    if (frames.length === 0) continue;
    const key = canonicalJson(pins);
    const known = byPins.get(key) ?? { pins, frames: [] };
    known.frames.push(...frames.map(({ frame }) => frame));
    byPins.set(key, known);
  }
  return [...byPins.values()].map(({ pins, frames }) => ({ pins, frames: formatRanges(frames) }));
}
