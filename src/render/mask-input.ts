/** The mask of a run: where each frame may change, and what of it decides pixels. */

import { join } from "node:path";
import { type InputPictures, openInputPictures } from "../control/input-pictures.ts";
import { type Mask, readMask } from "../diffusion/mask.ts";
import type { MaskFill } from "../diffusion/inpaint.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { type MaskExpression, maskSourceKey, parseMaskExpression } from "../schedule/mask-expression.ts";
import { parseTextSchedule } from "../schedule/schedule.ts";
import type { Settings } from "../settings/schema.ts";
import { type RgbImage, toFloatImage } from "../tensor/image.ts";
import { byPath, type Locate, placeOf } from "./locate.ts";

export interface MaskInput {
  readonly fill: MaskFill;
  readonly onlyMaskedPadding: number | null;
  /** What decides pixels and is the same for all frames. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** sha256 of the file that a frame's mask is read from; null for frames that are not drawn. */
  readonly hashAt: (frame: FramePlan) => Promise<string | null>;
  /** The frame's mask, with soft borders. */
  readonly maskAt: (frame: FramePlan) => Promise<Mask>;
}

/**
 * Opens the mask of the settings; a video's pictures are extracted into the run folder.
 *
 * @returns null for a run without
 * @throws FileError or EncodeError when it cannot be read
 */
export async function openMaskInput(
  { mask, size, fps, frames }: Settings,
  scheduleFolder: string,
  runFolder: string,
  locate: Locate = byPath,
): Promise<MaskInput | null> {
  const { file, schedule, invert, blur, fill, only_masked: onlyMasked, padding } = mask;
  if (file === null && schedule === null) return null;
  const opened = new Map<string, InputPictures>();
  const open = async (input: string, path: readonly string[]): Promise<void> => {
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
  };
  if (file !== null) await open(file, ["mask", "file"]);
  const expressions = new Map<string, MaskExpression>();
  const expressionOf = (text = "{video_mask}"): MaskExpression => {
    const known = expressions.get(text) ?? parseMaskExpression(text);
    expressions.set(text, known);
    return known;
  };
  for (const { text } of schedule === null ? [] : parseTextSchedule(schedule).keys) {
    for (const source of expressionOf(text).sources) {
      if (source.kind === "file" && !opened.has(source.path)) await open(source.path, ["mask", "schedule"]);
    }
  }
  /** Pictures of the sources that are files. */
  const filesOf = ({ sources }: MaskExpression): { key: string; pictures: InputPictures }[] =>
    sources.flatMap((source) => {
      if (source.kind === "everywhere") return [];
      const input = source.kind === "file" ? source.path : file!;
      return [{ key: maskSourceKey(source), pictures: opened.get(input)! }];
    });
  const hashOf = async ({ frame, mask: text }: FramePlan): Promise<string> => {
    const hashes = await Promise.all(
      filesOf(expressionOf(text)).map(({ pictures }) => pictures.hashAt(frame)),
    );
    return hashes.join(" ");
  };
  const compose = async ({ frame, mask: text }: FramePlan): Promise<RgbImage> => {
    const expression = expressionOf(text);
    const planes = new Map<string, Float32Array>();
    for (const { key, pictures } of filesOf(expression)) {
      const { data } = toFloatImage(await pictures.readAt(frame));
      planes.set(
        key,
        Float32Array.from({ length: data.length / 3 }, (_, i) => whiteAt(data, 3 * i)),
      );
    }
    const everywhere = new Float32Array(size.width * size.height).fill(1);
    const plane = expression.evaluate((source) => planes.get(maskSourceKey(source)) ?? everywhere);
    const data = new Float32Array(3 * plane.length);
    for (const [i, white] of plane.entries()) data.fill(white, 3 * i, 3 * i + 3);
    return { ...size, data };
  };
  let last: { readonly key: string; readonly mask: Mask } | undefined;
  return {
    fill,
    onlyMaskedPadding: onlyMasked ? padding : null,
    facts: { invert, blur, fill, only_masked: onlyMasked, ...(onlyMasked && { padding }) },
    hashAt: async (frame) => (frame.diffuse ? await hashOf(frame) : null),
    async maskAt(frame) {
      // A mask that stays the same is read and blurred once.
      const key = `${frame.mask ?? ""} ${await hashOf(frame)}`;
      if (last?.key !== key) last = { key, mask: readMask(await compose(frame), { invert, blur }) };
      return last.mask;
    },
  };
}

/** As {@link readMask} sees white. */
function whiteAt(data: Float32Array, i: number): number {
  return (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
}
