/**
 * Chain hashes: each frame's identity is a hash of everything that decides its pixels, the previous frame's hash included. Two runs agree
 * on a frame if and only if they agree on its hash; editing a late keyframe leaves the hashes before it alone.
 */

import { createHash } from "node:crypto";
import type { FramePlan } from "../schedule/frame-plan.ts";

/** What all frames of a run share: model hash, runtime version, provider, size, sampler, feedback options. Plain JSON. */
export type RunFacts = Readonly<Record<string, unknown>>;

/** All that the hashes of a run are made of: plain JSON, frame upon frame, that another run's can be compared with. */
export interface ChainBasis {
  readonly facts: RunFacts;
  /** What decides each frame beside the one before it; `inputs` are hashes of the pictures that it reads. */
  readonly frames: readonly Readonly<Record<string, unknown>>[];
  /** Where the chain begins anew besides the first frame: the frame's index, and the facts that are others from there on. Not there: nowhere. */
  readonly begins?: Readonly<Record<number, RunFacts>>;
}

/**
 * What decides the pixels of a plan. The time of a frame is not part of it: another fps shows the same pictures.
 *
 * A frame's sampler, clip skip and image guidance count where they differ from the first frame's, which are among the facts.
 *
 * @param inputs hashes of what each frame reads besides, one entry per frame; undefined when no frame reads anything
 */
export function chainBasis(
  facts: RunFacts,
  plan: readonly FramePlan[],
  inputs?: readonly (readonly (string | null)[])[],
): ChainBasis {
  const frames = plan.map((frame, index) => {
    const read = inputs && { inputs: inputs[index] };
    return { ...decidingPart(plan[0]!, frame), ...read };
  });
  return { facts, frames };
}

/** One hash per frame, 64 hex digits. */
export function hashBasis({ facts, frames, begins = {} }: ChainBasis): string[] {
  let previous = sha256(canonicalJson(facts));
  return frames.map((frame, index) => {
    const otherFacts = begins[index];
    if (otherFacts !== undefined) previous = sha256(canonicalJson({ ...facts, ...otherFacts }));
    previous = sha256(previous + canonicalJson(frame));
    return previous;
  });
}

/** The hashes of a plan, see {@link chainBasis}. */
export function chainHashes(...basis: Parameters<typeof chainBasis>): string[] {
  return hashBasis(chainBasis(...basis));
}

/** Plan values of later releases, as pictures were made before: frames that have them keep the hashes that they had. */
const NEUTRAL = new Map<string, unknown>([
  ["guidance_rescale", 0],
  [
    "sampling",
    {
      ancestral_eta: 1,
      ddim_eta: 0,
      tcd_eta: 0.3,
      s_noise: 1,
      s_churn: 0,
      s_tmin: 0,
      s_tmax: 0,
      eta_noise_seed_delta: 0,
    },
  ],
]);

function decidingPart(first: FramePlan, frame: FramePlan): object {
  const isSaidAlready = ([key, value]: [string, unknown]): boolean =>
    key === "timeSeconds" ||
    ((key === "sampler" || key === "clip_skip" || key === "image_guidance_scale") && value === first[key]) ||
    ((key === "subseed" || key === "subseed_strength") && frame.subseed_strength === 0) ||
    (NEUTRAL.has(key) && canonicalJson(value) === canonicalJson(NEUTRAL.get(key)));
  const { aspect_ratio: aspectRatio, ...motion } = frame.motion;
  const seen = { ...frame, motion: aspectRatio === 1 ? motion : frame.motion };
  return Object.fromEntries(Object.entries(seen).filter((entry) => !isSaidAlready(entry)));
}

/** sha256 of a text or of bytes, hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
