/** When a frame is no candidate for a still, however few there are. */

/** Why. */
export type DudReason =
  | "black"
  | "white"
  | "flat"
  | "blurred"
  | "noise"
  | "burned-out"
  | "letterbox"
  | "transition"
  | "interlaced";

/** What the judgment of a single frame needs. */
export interface DudMeasures {
  readonly noisiness: number;
  readonly focus: number;
  readonly disorder: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly blown: number;
  readonly crushed: number;
  readonly glow: number;
  readonly pictureShare: number;
}

/** Mean luma at or below which a frame is dark: hecate (Song et al., CIKM 2016). */
const BLACK_MEAN = 0.075;
/** A dark frame with lights in it is a night: black only when its contrast is below this as well. Own, measured on drawn night skies (0.09 and more). */
const NIGHT_CONTRAST = 0.06;
/** Mean luma of 245 of 255, from which a frame is white (avio's thumbnail filter). */
const WHITE_MEAN = 245 / 255;
/** RMS contrast below which a frame shows next to nothing. Own: fog over mountains has 0.06. */
const FLAT_CONTRAST = 0.02;
/** Focus below which nothing in a frame is sharp. Own: drawings of 256 pixels, enlarged to 1280 for a video, have 0.12 and more. */
const BLURRED_FOCUS = 0.11;
/** Noisiness from which a frame is noise rather than a picture: a drawing under uniform noise of ±60 levels has 0.55. Own. */
const NOISE = 0.5;
/** Disorder from which a frame has energy, but no structure, at any scale. Own: a photograph of a full circuit board has 0.7. */
const MUSH = 0.8;
/** Shares of the picture that are too much light, and too little; a stage in the dark is crushed for the most part. Own. */
const BLOWN_SHARE = 0.6;
/** A drawing on white paper may have more: its white does not run over into what is near it. Own. */
const PAPER_SHARE = 0.9;
const PAPER_GLOW = 0.008;
const CRUSHED_SHARE = 0.8;
/** Share of the frame below which the picture between bars is a slit; an upright video in a wide frame has 0.32. Own. */
const SLIT_SHARE = 0.2;

/** The kinds that a single frame shows, in the order in which they are named: what is black is flat and without focus as well. */
export type FrameDud = Exclude<DudReason, "transition" | "interlaced">;

/** How far each measure is towards its threshold: from 1 the frame is a dud of the kind. */
export function dudStrengths(measures: DudMeasures): Record<FrameDud, number> {
  const { brightness, contrast, focus, noisiness, disorder, blown, crushed, glow } = measures;
  const { pictureShare } = measures;
  const black = Math.min(ratio(BLACK_MEAN, brightness), ratio(NIGHT_CONTRAST, contrast));
  const white = brightness / WHITE_MEAN;
  const flat = ratio(FLAT_CONTRAST, contrast);
  const slit = ratio(SLIT_SHARE, pictureShare);
  return {
    letterbox: pictureShare < 1 ? Math.max(black, white, flat, slit) : 0,
    black,
    white,
    flat,
    noise: Math.max(noisiness / NOISE, disorder / MUSH),
    blurred: ratio(BLURRED_FOCUS, focus),
    "burned-out": blown / (glow < PAPER_GLOW ? PAPER_SHARE : BLOWN_SHARE) + crushed / CRUSHED_SHARE,
  };
}

/** The reason why a single frame is a dud, or undefined. */
export function findDud(measures: DudMeasures): FrameDud | undefined {
  const strengths = Object.entries(dudStrengths(measures)) as [FrameDud, number][];
  return strengths.find(([, strength]) => strength >= 1)?.[0];
}

/** What is small where the limit is large; at most 1000, so that nothing is infinite. */
function ratio(limit: number, value: number): number {
  return Math.min(1000, limit / Math.max(value, 1e-9));
}
