/** What a still can be judged by: each measure once, with the value of a frame and the words for a frame that has much of it. */

import type { FoundBox } from "../models/detector-forms.ts";
import type { FrameScore } from "../scoring/score.ts";

/** Scores of networks that the user has; frames that no network has seen have none. */
export const PLUGIN_MEASURES = ["faces", "aesthetic"] as const;

export type PluginScores = Readonly<Partial<Record<(typeof PLUGIN_MEASURES)[number], number>>>;

/** A frame of the film with all that is known about its worth. */
export interface ScoredFrame {
  /** Counted from 0. */
  readonly frame: number;
  readonly timeSeconds: number;
  readonly score: FrameScore;
  readonly plugins?: PluginScores;
  /** What the user's detector found, surest first, in shares of the frame's sides; not given for frames that it has not seen. */
  readonly boxes?: readonly FoundBox[];
}

interface Measure {
  /** More is better. Undefined when the frame was not judged by it. */
  readonly value: (frame: ScoredFrame) => number | undefined;
  /** Why a frame of a high value was chosen. */
  readonly praise: string;
  readonly description: string;
}

/** By name, as weights and tables have them. */
export const MEASURES = {
  sharpness: {
    value: ({ score }) => score.sharpness,
    praise: "sharp",
    description: "Detail: variance of the Laplacian.",
  },
  contrast: {
    value: ({ score }) => score.contrast,
    praise: "strong contrast",
    description: "Deviation of the luma.",
  },
  exposure: {
    value: ({ score: { brightness, clipped } }) => 1 - 2 * Math.abs(brightness - 0.5) - clipped,
    praise: "well lit",
    description: "1 for middle gray without clipped pixels, falling to 0 and below.",
  },
  colorfulness: {
    value: ({ score }) => score.colorfulness,
    praise: "colorful",
    description: "Hasler & Süsstrunk 2003.",
  },
  thirds: {
    value: ({ score }) => score.thirds,
    praise: "well placed",
    description: "What draws the eye stands on the lines of thirds.",
  },
  subject_room: {
    value: ({ score }) => score.subjectRoom,
    praise: "one subject",
    description: "One thing draws the eye, and it has room around it.",
  },
  stillness: {
    value: ({ score }) => score.stillness,
    praise: "still",
    description: "Little changes beside the frames around it.",
  },
  readability: {
    value: ({ score }) => score.readability,
    praise: "readable when small",
    description: "What is left at 120 pixels.",
  },
  faces: {
    value: ({ plugins }) => plugins?.faces,
    praise: "a face or subject",
    description: "What the user's detector says.",
  },
  aesthetic: {
    value: ({ plugins }) => plugins?.aesthetic,
    praise: "pleasing",
    description: "What the user's aesthetic predictor says.",
  },
} satisfies Record<string, Measure>;

export type MeasureName = keyof typeof MEASURES;

export const MEASURE_NAMES = Object.keys(MEASURES) as readonly MeasureName[];

/** Value of a frame in a measure, whatever its kind; undefined when the frame was not judged by it. */
export function measure(name: MeasureName, frame: ScoredFrame): number | undefined {
  const { value }: Measure = MEASURES[name];
  return value(frame);
}
