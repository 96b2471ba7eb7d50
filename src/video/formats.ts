/** The video formats: which encoder, which limits, which ffmpeg options. */
import { EncodeError } from "../errors.ts";
import { ENCODER_PRESETS } from "../settings/output-schema.ts";

export type VideoFormat = "mp4" | "webm" | "gif";
/** Those that a film can be joined from pieces in; a GIF has one palette for all of its frames. */
export type SegmentedFormat = Exclude<VideoFormat, "gif">;

/** A word for speed against size. */
export type EncoderPreset = (typeof ENCODER_PRESETS)[number];

export interface EncodingSettings {
  /** Pixels; mp4 and webm store color at half size, so both are even there. */
  readonly width: number;
  readonly height: number;
  /** Frames per second, > 0; GIF counts in hundredths of a second and viewers ignore less than two, so at most 50 there. */
  readonly fps: number;
  /** Constant quality on the encoder's own scale, lower is better: 0–51 for mp4 (17 looks lossless), 0–63 for webm. GIF has none. */
  readonly crf: number;
  readonly preset: EncoderPreset;
  /** Encoder threads, ≥ 1. The same number gives the same file; another number may not. */
  readonly threads: number;
}

interface FormatFacts {
  readonly encoder: string;
  /** ffmpeg's name of the container. */
  readonly container: string;
  readonly maxCrf: number;
  readonly maxFps: number;
  readonly evenSize: boolean;
  /** Of the encoder. */
  readonly options: (settings: EncodingSettings) => string[];
  /** Of the finished file. */
  readonly fileOptions: readonly string[];
}

/** RGB to the studio range of BT.709, with rounding that does not tint flat areas; players assume 601 for small pictures unless told. */
const TO_YUV_709 =
  "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,format=yuv420p";
const TAGGED_709 = [
  "-colorspace",
  "bt709",
  "-color_primaries",
  "bt709",
  "-color_trc",
  "bt709",
  "-color_range",
  "tv",
];

export const FORMATS: Readonly<Record<VideoFormat, FormatFacts>> = {
  mp4: {
    encoder: "libx264",
    container: "mp4",
    maxCrf: 51,
    maxFps: 1000,
    evenSize: true,
    options: ({ crf, preset }) =>
      [
        ["-filter:v", TO_YUV_709, ...TAGGED_709],
        ["-preset", preset, "-crf", String(crf)],
      ].flat(),
    // The index goes to the front: a browser starts playing before the file is there.
    fileOptions: ["-movflags", "+faststart"],
  },
  webm: {
    encoder: "libvpx-vp9",
    container: "webm",
    maxCrf: 63,
    maxFps: 1000,
    evenSize: true,
    options: ({ crf, preset }) =>
      [
        ["-filter:v", TO_YUV_709, ...TAGGED_709],
        // VP9 is in constant quality only without a target bit rate.
        ["-crf", String(crf), "-b:v", "0", "-row-mt", "1"],
        ["-deadline", "good", "-cpu-used", String(vp9Speed(preset))],
      ].flat(),
    fileOptions: [],
  },
  gif: {
    encoder: "gif",
    container: "gif",
    maxCrf: Infinity,
    maxFps: 50,
    evenSize: false,
    // One palette for the whole film, so that still areas do not flicker; ffmpeg holds the frames in memory until the last has come.
    options: () => [
      "-filter:v",
      "split[frames][sample];[sample]palettegen=stats_mode=full[palette];[frames][palette]paletteuse=dither=sierra2_4a:diff_mode=rectangle",
    ],
    fileOptions: ["-loop", "0"],
  },
};

/** libvpx `-cpu-used` of the good deadline: 0 (slowest) to 5. */
function vp9Speed(preset: EncoderPreset): number {
  return Math.min(5, ENCODER_PRESETS.length - 1 - ENCODER_PRESETS.indexOf(preset));
}

/** Throws EncodeError for a size, rate or quality that the format cannot hold. */
export function checkEncoding(format: VideoFormat, settings: EncodingSettings): void {
  const { width, height, fps, crf, threads } = settings;
  const { evenSize, maxFps, maxCrf } = FORMATS[format];
  const size = `${width}x${height}`;
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > 16384) {
      throw new EncodeError(`expected a picture size of 1–16384 pixels a side, found ${size}`);
    }
    if (evenSize && side % 2 !== 0) {
      throw new EncodeError(`${format} needs an even width and height, found ${size}`, {
        hint: "choose a size that is a multiple of 8, or --format gif or png",
      });
    }
  }
  if (!(fps > 0 && fps <= maxFps)) {
    throw new EncodeError(`${format} plays at most ${maxFps} frames per second, found ${fps}`, {
      hint: format === "gif" ? "lower fps, or choose --format mp4" : "correct fps",
    });
  }
  if (!(crf >= 0 && crf <= maxCrf)) {
    throw new EncodeError(`expected a crf of 0–${maxCrf} for ${format}, found ${crf}`, {
      hint: "17 looks lossless, 23 is smaller",
    });
  }
  if (!Number.isInteger(threads) || threads < 1) {
    throw new EncodeError(`expected a whole number of encoder threads ≥ 1, found ${threads}`);
  }
}
