/** The scores of a whole film, packed: as objects they would be most of what a long render keeps in memory. */

import type { FrameScore } from "./score.ts";
import { SIGNATURE_LENGTH } from "./signature.ts";

export interface ScoreLedger {
  add(frame: number, score: FrameScore): void;
  /** By frame, a copy of each. */
  scores(): { readonly frame: number; readonly score: FrameScore }[];
}

type Numbers = Omit<FrameScore, "hash" | "signature" | "dud">;

/** Every number of a score; one that is missing here does not compile. */
const NUMBERS = Object.keys({
  sharpness: true,
  noisiness: true,
  focus: true,
  disorder: true,
  contrast: true,
  brightness: true,
  blown: true,
  crushed: true,
  glow: true,
  clipped: true,
  entropy: true,
  colorfulness: true,
  thirds: true,
  subjectRoom: true,
  readability: true,
  stillness: true,
  pictureShare: true,
} satisfies Record<keyof Numbers, true>) as readonly (keyof Numbers)[];

/** Frames of one page. */
const PAGE = 256;

interface Page {
  readonly frames: number[];
  readonly numbers: Float64Array;
  readonly signatures: Uint8Array;
  readonly hashes: string[];
  readonly duds: FrameScore["dud"][];
}

/** Empty. A frame takes about half a kilobyte. */
export function createScoreLedger(): ScoreLedger {
  const pages: Page[] = [];

  return {
    add(frame, score) {
      let page = pages.at(-1);
      if (!page || page.frames.length === PAGE) pages.push((page = emptyPage()));
      const place = page.frames.push(frame) - 1;
      for (const [i, name] of NUMBERS.entries()) page.numbers[place * NUMBERS.length + i] = score[name];
      page.signatures.set(score.signature, place * SIGNATURE_LENGTH);
      page.hashes.push(score.hash);
      page.duds.push(score.dud);
    },
    scores: () =>
      pages
        .flatMap((page) => page.frames.map((frame, place) => ({ frame, score: scoreAt(page, place) })))
        .toSorted((a, b) => a.frame - b.frame),
  };
}

function emptyPage(): Page {
  return {
    frames: [],
    numbers: new Float64Array(PAGE * NUMBERS.length),
    signatures: new Uint8Array(PAGE * SIGNATURE_LENGTH),
    hashes: [],
    duds: [],
  };
}

function scoreAt({ numbers, signatures, hashes, duds }: Page, place: number): FrameScore {
  const entries = NUMBERS.map((name, i) => [name, numbers[place * NUMBERS.length + i]!] as const);
  return {
    ...(Object.fromEntries(entries) as unknown as Numbers),
    hash: hashes[place]!,
    signature: signatures.slice(place * SIGNATURE_LENGTH, (place + 1) * SIGNATURE_LENGTH),
    dud: duds[place],
  };
}
