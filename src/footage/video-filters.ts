/** ffmpeg's filters between a decoded frame and the RGB picture that people see: its shape, colors and fields. */

import type { PictureSize } from "../tensor/picture-file.ts";
import type { Orientation, VideoStream } from "../video/inspect-video.ts";
import { fitInto } from "./fit-into.ts";

/** Filters, and the size of what they give. */
export interface Filters extends PictureSize {
  readonly filters: readonly string[];
}

/** Transfer functions of high dynamic range: SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG), by ffmpeg's names. */
const HDR_TRANSFERS = ["smpte2084", "arib-std-b67"];

export function isHdr({ colorTransfer }: VideoStream): boolean {
  return HDR_TRANSFERS.includes(colorTransfer);
}

/** The size in which a video is shown: square pixels (none are taken away), upright. */
export function shownSize({ width, height, pixelAspect, orientation }: VideoStream): PictureSize {
  const square = {
    width: Math.round(width * Math.max(1, pixelAspect)),
    height: Math.round(height / Math.min(1, pixelAspect)),
  };
  return turn(square, orientation);
}

/**
 * Small pictures, for scores: reduced first, so that everything behind costs little. Area averages, as the scores themselves take them from a larger
 * picture; fields are not told apart, because their combs are smaller than the pixels that are left.
 */
export function smallFilters(stream: VideoStream, side: number, toneMaps: boolean): Filters {
  const size = fitInto(shownSize(stream), side, side);
  const coded = turn(size, stream.orientation);
  const scale = `scale=${coded.width}:${coded.height}:flags=area${colorMatrix(stream)}`;
  const reduced = toneMaps ? [scale, ...toneMapping(stream)] : [scale];
  return { ...size, filters: [...reduced, "format=rgb24", ...turning(stream.orientation)] };
}

/** Pictures for stills, at the size of the video or, beyond `maxPixels`, as large as they may be. */
export function largeFilters(stream: VideoStream, maxPixels: number, toneMaps: boolean): Filters {
  const shown = shownSize(stream);
  const factor = Math.min(1, Math.sqrt(maxPixels / (shown.width * shown.height)));
  const size = fitInto(shown, Math.floor(shown.width * factor), Math.floor(shown.height * factor));
  const coded = turn(size, stream.orientation);
  const scale = `scale=${coded.width}:${coded.height}:flags=lanczos+accurate_rnd+full_chroma_int${colorMatrix(stream)}`;
  return {
    ...size,
    filters: [
      ...(stream.isInterlaced ? ["bwdif=mode=send_frame:deint=all"] : []),
      ...(toneMaps ? toneMapping(stream) : []),
      scale,
      "format=rgb24",
      ...turning(stream.orientation),
    ],
  };
}

/** Width and height before or after a quarter turn. */
function turn({ width, height }: PictureSize, { quarterTurns }: Orientation): PictureSize {
  return quarterTurns % 2 === 0 ? { width, height } : { width: height, height: width };
}

function turning({ mirrored, quarterTurns }: Orientation): string[] {
  const turns = [[], ["transpose=clock"], ["hflip", "vflip"], ["transpose=cclock"]][quarterTurns]!;
  return mirrored ? ["hflip", ...turns] : turns;
}

/** ffmpeg takes what does not say its matrix for Rec. 601; players take pictures of 720 lines and more for Rec. 709. */
function colorMatrix({ colorMatrix: matrix, height }: VideoStream): string {
  return matrix === "unknown" && height >= 720 ? ":in_color_matrix=bt709" : "";
}

/** Brightness of diffuse white in cd/m²: ITU-R BT.2408. Pictures are graded to five times of it, 1,000 cd/m²; what is above is white. */
const WHITE_NITS = 203;
const PEAK_OVER_WHITE = 5;

/** To linear light, to the primaries of Rec. 709, highlights rolled off (Möbius, which leaves what is below a third of white as it is), back to video. */
function toneMapping({ colorTransfer, colorMatrix: matrix }: VideoStream): string[] {
  const from = `tin=${colorTransfer}:min=${matrix === "unknown" ? "2020_ncl" : matrix}:pin=bt2020:rin=tv`;
  return [
    `zscale=${from}:t=linear:npl=${WHITE_NITS}`,
    "format=gbrpf32le",
    "zscale=p=bt709",
    `tonemap=mobius:desat=0:peak=${PEAK_OVER_WHITE}`,
    "zscale=t=bt709:m=bt709:r=tv",
    "format=yuv444p",
  ];
}
