/** The picked frames as files: a picture for each format, and beside them a JSON file that says where they come from. */

import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { FrameAddress } from "../footage/footage.ts";
import { makeFolder, writeFileAtomic } from "../files.ts";
import type { Area } from "../scoring/luma.ts";
import { formatsOf } from "../settings/still-format.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { boxFacts } from "./box-facts.ts";
import type { Dress } from "./dress-still.ts";
import type { Enlarge } from "./fit-frame.ts";
import type { FrameRecipe } from "./frame-recipe.ts";
import { makeStill, type Still } from "./make-still.ts";
import { encodePreview } from "./preview-still.ts";
import type { RankedFrame } from "./select.ts";

export interface StillSource {
  readonly kind: "run" | "video" | "folder";
  readonly name: string;
  /** At full size. */
  readonly read: (frame: FrameAddress) => Promise<ByteImage>;
  /** Null for footage that is none of ours. */
  readonly recipe: (frame: FrameAddress) => Promise<FrameRecipe | null>;
  /** Of the run; null for footage that is none of ours. */
  readonly settings: Settings | null;
}

export interface ExportOptions {
  readonly thumbnails: Settings["thumbnails"];
  /** Title and logo, see {@link openDress}. */
  readonly dress: Dress;
  /** Where the stills go; stills of an earlier export are replaced, other files stay. */
  readonly folder: string;
  readonly source: StillSource;
  /** The network that makes pictures larger; null: Lanczos 3 does. */
  readonly upscaler: { readonly name: string; readonly enlarge: Enlarge } | null;
}

export interface Thumbnail {
  /** Absolute path of the picture. */
  readonly file: string;
  /** `youtube`, `1280x720`. */
  readonly format: string;
  readonly frame: number;
  /** 0–1, what it was chosen by. */
  readonly merit: number;
}

export interface ExportedStills {
  /** Best first, a picture for each format. */
  readonly thumbnails: readonly Thumbnail[];
  /** What cannot be drawn of the title, and what a viewer of a dressed still will miss. */
  readonly warnings: readonly string[];
}

/** Pictures and facts of an earlier export. */
const EXPORTED = /^\d+-frame-\d{6,}.*\.(?:jpg|png|json)$/;

/**
 * Writes the stills, best first: `1-frame-000123-score-82.jpg` and `1-frame-000123-score-82.json`; with several formats
 * `1-frame-000123-score-82-shorts.jpg` and so on. With `preview` each picture has another beside it that ends in `-preview.jpg`.
 *
 * @throws EncodeError when a still does not fit into its bytes
 * @throws FileError when a frame cannot be read or a file not be written
 */
export async function exportStills(
  picked: readonly RankedFrame[],
  options: ExportOptions,
): Promise<ExportedStills> {
  const { folder, dress } = options;
  await makeFolder(folder);
  const before = (await readdir(folder)).filter((file) => EXPORTED.test(file));
  await Promise.all(before.map((file) => rm(join(folder, file), { force: true })));
  const thumbnails: Thumbnail[] = [];
  const warnings: string[] = [];
  for (const [index, frame] of picked.entries()) {
    const exported = await exportFrame(frame, index + 1, options);
    thumbnails.push(...exported.thumbnails);
    warnings.push(...exported.warnings);
  }
  const { preview } = options.thumbnails;
  // Of a plain frame nobody asked what its badge hides; the file beside it says so.
  const isAsked = thumbnails.length > 0 && (preview || dress.title !== null || dress.logo !== null);
  return { thumbnails, warnings: [...dress.warnings, ...(isAsked ? warnings : [])] };
}

async function exportFrame(
  picked: RankedFrame,
  rank: number,
  options: ExportOptions,
): Promise<ExportedStills> {
  const { thumbnails, dress, folder, source, upscaler } = options;
  const { frame, merit } = picked;
  const name = `${rank}-frame-${String(frame).padStart(6, "0")}-score-${Math.round(100 * merit)}`;
  const formats = formatsOf(thumbnails);
  const image = await source.read(picked);
  const boxes = picked.boxes ?? [];
  const written: Thumbnail[] = [];
  const warnings: string[] = [];
  const pictures: object[] = [];
  for (const format of formats) {
    const { fit, encoding } = thumbnails;
    const enlarge = upscaler?.enlarge ?? null;
    const still = await makeStill(image, format, { fit, encoding, enlarge, dress, boxes });
    const suffix = formats.length > 1 ? `-${format.name}` : "";
    const file = join(folder, `${name}${suffix}.${encoding}`);
    await writeFileAtomic(file, still.bytes);
    if (thumbnails.preview) {
      const preview = await encodePreview(still.dressed.image, thumbnails.safe_zone);
      await writeFileAtomic(join(folder, `${name}${suffix}-preview.jpg`), preview);
    }
    written.push({ file, format: format.name, frame, merit });
    warnings.push(...still.dressed.warnings.map((warning) => `${basename(file)}: ${warning}`));
    pictures.push(describeStill(still, file, upscaler?.name));
  }
  const facts = await describeFrame(picked, rank, options);
  await writeFileAtomic(
    join(folder, `${name}.json`),
    `${JSON.stringify({ ...facts, pictures, ...describeRun(source) }, null, 2)}\n`,
  );
  return { thumbnails: written, warnings };
}

async function describeFrame(picked: RankedFrame, rank: number, { source }: ExportOptions): Promise<object> {
  const { frame, timeSeconds, merit } = picked;
  const { signature: _, ...measures } = picked.score;
  const recipe = await source.recipe(picked);
  return {
    source: { kind: source.kind, name: source.name },
    frame,
    time_seconds: timeSeconds,
    rank,
    merit,
    measures,
    ...(picked.plugins && { networks: { ...picked.plugins, ...describeBoxes(picked) } }),
    ...(recipe && {
      prompt: recipe.prompt,
      negative_prompt: recipe.negativePrompt,
      seed: recipe.seed,
      model: recipe.model,
    }),
  };
}

function describeBoxes({ boxes }: RankedFrame): object {
  if (!boxes) return {};
  const { count, largestShare, isCut } = boxFacts(boxes);
  return { face_count: count, largest_face: largestShare, face_cut: isCut };
}

function describeStill(still: Still, file: string, upscaler: string | undefined): object {
  const { format, bytes, quality, colors, crop, enlargements } = still;
  const { title, logo, warnings } = still.dressed;
  return {
    file: basename(file),
    format: format.name,
    width: format.width,
    height: format.height,
    bytes: bytes.length,
    ...(quality !== null && { quality }),
    ...(colors !== null && { colors }),
    crop,
    ...(enlargements > 0 && { upscaler, enlargements }),
    ...(title && {
      title: {
        position: title.position,
        area: roundedArea(title.area),
        capital_pixels: Math.round(title.capPixels),
      },
    }),
    ...(logo && { logo }),
    ...(warnings.length > 0 && { warnings }),
  };
}

function roundedArea({ left, top, width, height }: Area): Area {
  return {
    left: Math.round(left),
    top: Math.round(top),
    width: Math.round(width),
    height: Math.round(height),
  };
}

function describeRun({ settings }: StillSource): object {
  return settings ? { run_seed: settings.seed, settings } : {};
}
