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
  readonly sharpness: number;
  readonly noisiness: number;
  readonly focus: number;
  readonly disorder: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly blown: number;
  readonly crushed: number;
  readonly pictureShare: number;
}

/** Mean luma at or below which a frame is dark: hecate (Song et al., CIKM 2016). */
const BLACK_MEAN = 0.075;
/** A dark frame with lights in it is a night: black only when its contrast is below this as well. Own, measured on drawn night skies (0.09 and more). */
const NIGHT_CONTRAST = 0.06;
/** Mean luma of 245 of 255, above which a frame is white (avio's thumbnail filter). */
const WHITE_MEAN = 245 / 255;
/** RMS contrast below which a frame shows next to nothing. Own: fog over mountains has 0.06. */
const FLAT_CONTRAST = 0.02;
/** Variance of the Laplacian below which a frame is blurred. Own. */
const BLURRED_SHARPNESS = 12;
/** Noisiness above which a frame is noise rather than a picture: a drawing under uniform noise of ±60 levels has 0.55. Own. */
const NOISE = 0.5;
/** Share of the picture that is blown or crushed. Own. */
const BURNED_SHARE = 0.6;

/** The reason why a single frame is a dud, or undefined. */
export function findDud(measures: DudMeasures): DudReason | undefined {
  const { brightness, contrast, sharpness, noisiness, blown, crushed } = measures;
  if (brightness <= BLACK_MEAN && contrast < NIGHT_CONTRAST) return "black";
  if (brightness >= WHITE_MEAN) return "white";
  if (contrast < FLAT_CONTRAST) return "flat";
  if (sharpness < BLURRED_SHARPNESS) return "blurred";
  if (blown + crushed > BURNED_SHARE) return "burned-out";
  return noisiness > NOISE ? "noise" : undefined;
}
