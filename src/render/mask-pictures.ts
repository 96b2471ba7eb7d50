/** The pictures that masks are put together from: opened once for all masks of a run, and read as shades of gray. */

import { join } from "node:path";
import { type InputPictures, openInputPictures } from "../control/input-pictures.ts";
import { brightenLevels, contrastLevels } from "../hybrid/levels.ts";
import { type MaskExpression, maskSourceKey, parseMaskExpression } from "../schedule/mask-expression.ts";
import { maskSources } from "../schedule/mask-plan.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import { type ByteImage, toFloatImage } from "../tensor/image.ts";
import { byPath, type Locate, placeOf } from "./locate.ts";
import type { FindWords } from "./word-masks.ts";

export interface MaskPictures {
  /** sha256 of the files that the expression reads at a frame, with blanks between. @throws RenderError when one has no picture for it */
  readonly hashAt: (expression: string, frame: number) => Promise<string>;
  /**
   * Opens a reader of masks, which reads and finishes one that stays the same once.
   *
   * @param finish makes the mask of what its expression comes to: `height * width`, 0 (black) to 1
   */
  readonly reader: <Mask>(finish: (plane: Float32Array) => Mask) => MaskReader<Mask>;
}

/**
 * The mask of an expression at a frame.
 *
 * @param find what words name in the frame's picture; the first of a frame counts
 * @throws RenderError when a file has no picture for it
 */
export type MaskReader<Mask> = (expression: string, frame: number, find: FindWords) => Promise<Mask>;

/** Factors on the gray levels of each picture. */
type Adjustments = Pick<Settings["mask"], "brightness" | "contrast">;

/**
 * Opens every file that a mask of the settings reads; a video's pictures are extracted into the run folder.
 *
 * @throws FileError or EncodeError when one cannot be read
 */
export async function openMaskPictures(
  settings: Settings,
  scheduleFolder: string,
  runFolder: string,
  locate: Locate = byPath,
): Promise<MaskPictures> {
  const { mask, size, fps, frames } = settings;
  const opened = new Map<string, InputPictures>();
  for (const { input, path } of listFiles(settings)) {
    if (opened.has(input)) continue;
    const pictures = await openInputPictures({
      input,
      baseFolder: scheduleFolder,
      // The file of the mask has the folder that it had before there were others.
      cacheFolder: join(runFolder, "inputs", opened.size === 0 ? "mask" : `mask-${opened.size}`),
      size,
      fps,
      frames,
      setting: placeOf(locate, path),
      purpose: "mask",
    });
    opened.set(input, pictures!);
  }
  const expressions = new Map<string, MaskExpression>();
  const expressionOf = (text: string): MaskExpression => {
    const known = expressions.get(text) ?? parseMaskExpression(text);
    expressions.set(text, known);
    return known;
  };
  /** Pictures of the sources that are files. */
  const filesOf = (text: string): { key: string; pictures: InputPictures }[] =>
    expressionOf(text).sources.flatMap((source) => {
      if (source.kind === "everywhere" || source.kind === "words") return [];
      const input = source.kind === "file" ? source.path : mask.file!;
      return [{ key: maskSourceKey(source), pictures: opened.get(input)! }];
    });
  const wordsOf = (text: string): string[] =>
    expressionOf(text).sources.flatMap((source) => (source.kind === "words" ? [source.words] : []));
  const hashAt = async (text: string, frame: number): Promise<string> => {
    const hashes = await Promise.all(filesOf(text).map(({ pictures }) => pictures.hashAt(frame)));
    return hashes.join(" ");
  };
  const planeAt: MaskReader<Float32Array> = async (text, frame, find) => {
    const planes = new Map<string, Float32Array>();
    for (const { key, pictures } of filesOf(text)) {
      planes.set(key, adjusted(grayPlane(await pictures.readAt(frame)), mask));
    }
    for (const words of wordsOf(text)) {
      planes.set(maskSourceKey({ kind: "words", words }), await find(words));
    }
    const everywhere = new Float32Array(size.width * size.height).fill(1);
    return expressionOf(text).evaluate((source) => planes.get(maskSourceKey(source)) ?? everywhere);
  };
  return {
    hashAt,
    reader<Mask>(finish: (plane: Float32Array) => Mask): MaskReader<Mask> {
      let last: { readonly key: string; readonly mask: Mask } | undefined;
      return async (text, frame, find) => {
        const seen = wordsOf(text).length > 0 ? ` ${frame}` : "";
        const key = `${text} ${await hashAt(text, frame)}${seen}`;
        if (last?.key !== key) last = { key, mask: finish(await planeAt(text, frame, find)) };
        return last.mask;
      };
    },
  };
}

/** What of the adjustments decides pixels: nothing at their defaults, so that frames from before there were any keep their hashes. */
export function adjustmentFacts({ brightness, contrast }: Adjustments): Readonly<Record<string, number>> {
  return { ...(brightness !== 1 && { brightness }), ...(contrast !== 1 && { contrast }) };
}

/** Files in the order in which they are named, each with the setting that names it. */
function listFiles(settings: Settings): { input: string; path: readonly string[] }[] {
  const { file, schedule } = settings.mask;
  const ofNoise = drawsSingly(settings) ? null : settings.noise.mask;
  return [
    ...(file === null ? [] : [{ input: file, path: ["mask", "file"] }]),
    ...filesIn(schedule).map((input) => ({ input, path: ["mask", "schedule"] })),
    ...filesIn(ofNoise).map((input) => ({ input, path: ["noise", "mask"] })),
  ];
}

function filesIn(schedule: Settings["mask"]["schedule"]): string[] {
  return maskSources(schedule).flatMap((source) => (source.kind === "file" ? [source.path] : []));
}

/** White by the mean of red, green and blue. */
function grayPlane(picture: ByteImage): Float32Array {
  const { data } = toFloatImage(picture);
  const plane = new Float32Array(data.length / 3);
  for (let pixel = 0, i = 0; pixel < plane.length; pixel++, i += 3) {
    plane[pixel] = (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
  }
  return plane;
}

/** Brightness, then contrast, in whole levels. Source: Deforum (behavior), whose names of the two are mixed up. */
function adjusted(plane: Float32Array, { brightness, contrast }: Adjustments): Float32Array {
  if (brightness === 1 && contrast === 1) return plane;
  const levels = Uint8Array.from(plane, (white) => Math.round(255 * white));
  return Float32Array.from(
    contrastLevels(brightenLevels(levels, brightness), contrast),
    (level) => level / 255,
  );
}
