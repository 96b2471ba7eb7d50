/** Puts title and logo on stills: what they need is opened once, and each still is dressed by its own picture. */

import { resolve } from "node:path";
import { decodePicture, fromRgbBytes, readPictureBytes } from "../tensor/picture-file.ts";
import sharp from "../tensor/sharp.ts";
import type { Area } from "../scoring/luma.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { checkZones } from "./check-zones.ts";
import { titleLines } from "./clean-title.ts";
import { drawTitle } from "./draw-title.ts";
import { placeLogo } from "./place-logo.ts";
import { type PlacedTitle, placeTitle } from "./place-title.ts";
import { safeZoneOf } from "./safe-zone.ts";
import { findSubject } from "./subject.ts";
import { openTitleFont, type TitleFont } from "./title-font.ts";

type DressSettings = Pick<Settings["thumbnails"], "title" | "logo" | "safe_zone">;

/** R, G, B, A, 8 bits each, row by row, not multiplied by the alpha. */
type Logo = Awaited<ReturnType<typeof decodePicture>>;

/** Free between a title and a face, in heights of the face. Own, chosen by looking. */
const KEPT_MARGIN = 0.1;

/** What stills are dressed with. */
export interface Dress {
  readonly settings: DressSettings;
  /** Null for stills without. */
  readonly title: { readonly lines: readonly string[]; readonly font: TitleFont } | null;
  readonly logo: Logo | null;
  /** What cannot be drawn of the title. */
  readonly warnings: readonly string[];
}

export interface DressedStill {
  readonly image: ByteImage;
  readonly title: PlacedTitle | undefined;
  readonly logo: Area | undefined;
  /** What a viewer will miss, see {@link checkZones}. */
  readonly warnings: readonly string[];
}

/**
 * Opens font and logo of the settings.
 *
 * @param folder where relative paths start
 * @param addPlace what to do with the error of the file that a setting names
 * @throws FileError when one cannot be read
 */
export async function openDress(
  settings: DressSettings,
  folder: string,
  addPlace: (error: unknown, setting: readonly string[]) => unknown = (error) => error,
): Promise<Dress> {
  const { title, logo } = settings;
  const named = async <Opened>(opening: Promise<Opened>, ...setting: readonly string[]) =>
    await opening.catch((error: unknown) => {
      throw addPlace(error, ["thumbnails", ...setting]);
    });
  const picture =
    logo.file === null ? null : await named(readLogo(resolve(folder, logo.file)), "logo", "file");
  const written = titleLines(title.text);
  if (written.length === 0) return { settings, title: null, logo: picture, warnings: [] };

  const file = title.font === null ? null : resolve(folder, title.font);
  const font = await named(openTitleFont(file, title.weight), "title", "font");
  const known = written.map((line) => font.keepKnown(line));
  const lines = known.flatMap(({ text }) => titleLines(text));
  const missing = [...new Set(known.flatMap((line) => line.missing))];
  const hint = "thumbnails.title.font may name a font that has them";
  const warning = `the font ${font.name} has no ${missing.join(" ")}: left out of the title; ${hint}`;
  return {
    settings,
    title: lines.length === 0 ? null : { lines, font },
    logo: picture,
    warnings: missing.length === 0 ? [] : [warning],
  };
}

async function readLogo(path: string): Promise<Logo> {
  return await decodePicture(await readPictureBytes(path), path);
}

/**
 * The still with logo and title, in this order; without either it is the same picture.
 *
 * @param kept what neither should hide, in pixels of the still
 */
export async function dressStill(
  image: ByteImage,
  dress: Dress,
  kept: readonly Area[] = [],
): Promise<DressedStill> {
  const { width, height } = image;
  const { settings } = dress;
  const zone = safeZoneOf(image, settings.safe_zone);
  const { weights } = findSubject(image);
  const logo = dress.logo ? placeLogo(dress.logo, image, settings.logo, zone) : undefined;
  const { position, size, outline_width: outline } = settings.title;
  const taken = logo ? [grown(logo, settings.logo.margin * Math.min(width, height))] : [];
  const around = kept.map((area) => grown(area, KEPT_MARGIN * area.height));
  const surroundings = { still: image, position, size, outline, zone, taken, kept: around, weights };
  const title = dress.title && placeTitle({ ...dress.title, ...surroundings });
  const layers = [
    ...(logo ? [{ input: await logoLayer(dress.logo!, logo), left: logo.left, top: logo.top }] : []),
    ...(title ? [{ input: Buffer.from(titleLayer(title, image, settings)), left: 0, top: 0 }] : []),
  ];
  const data =
    layers.length === 0
      ? image.data
      : await fromRgbBytes(image).composite(layers).removeAlpha().raw().toBuffer();
  const placed = { title: title ?? undefined, logo };
  return {
    image: { width, height, data },
    ...placed,
    warnings: checkZones({ width, height, zone, weights, kept, ...placed }),
  };
}

function titleLayer(title: PlacedTitle, still: ByteImage, settings: DressSettings): string {
  const { color, outline, outline_width: outlineWidth } = settings.title;
  return drawTitle(title, { color, outline, outlineWidth }, still);
}

/** PNG, because sharp composes pictures with transparency from files. */
async function logoLayer({ width, height, data }: Logo, area: Area): Promise<Buffer> {
  return await sharp(data, { raw: { width, height, channels: 4 } })
    .resize(area.width, area.height, { fit: "fill", kernel: "lanczos3" })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

function grown({ left, top, width, height }: Area, by: number): Area {
  return { left: left - by, top: top - by, width: width + 2 * by, height: height + 2 * by };
}
