/** The pictures of a folder, in the order in which people count. */

import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { FileError } from "../errors.ts";
import { systemErrorCode } from "../files.ts";
import { naturalOrder } from "../natural-order.ts";
import type { FolderPicture, PictureFailure } from "./folder-picture.ts";

export interface ListedPictures {
  readonly pictures: readonly FolderPicture[];
  /** Pictures of kinds that are not read, and links that lead elsewhere. */
  readonly refused: readonly PictureFailure[];
}

export interface ListingOptions {
  /** Also the pictures of the folders in it. */
  readonly recursive: boolean;
  /** Folder that is left out, such as the one that results go to; it need not exist. */
  readonly except: string;
}

const READ = new Set([".png", ".jpg", ".jpeg", ".webp"]);
/** Of pictures that people expect to be read, so that they are not passed over in silence. */
const NOT_READ = new Set(
  ".gif .tif .tiff .bmp .heic .heif .avif .jxl .jp2 .psd .exr .hdr .tga .cr2 .nef .arw .dng".split(" "),
);

/**
 * Lists PNG, JPEG and WebP files by their extensions. Hidden files are left out, links to folders are not followed, and links to files only
 * within the folder: a folder from elsewhere shall not lead to pictures that it does not hold.
 *
 * @param folder absolute
 * @throws FileError when it is no folder that can be read
 */
export async function listPictures(
  folder: string,
  { recursive, except }: ListingOptions,
): Promise<ListedPictures> {
  const root = await realFolder(folder);
  const skipped = await realpath(except).catch(() => except);
  const pictures: FolderPicture[] = [];
  const refused: PictureFailure[] = [];

  async function walk(path: string): Promise<void> {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const child = join(path, entry.name);
      if (entry.isDirectory()) {
        if (recursive && child !== skipped) await walk(child);
        continue;
      }
      const name = relative(root, child).replaceAll(sep, "/");
      const extension = extname(entry.name).toLowerCase();
      if (NOT_READ.has(extension)) refused.push({ picture: name, ...NOT_A_KIND });
      if (!READ.has(extension)) continue;
      const reason = await whyRefused(entry, child, root);
      if (reason) refused.push({ picture: name, ...reason });
      else pictures.push({ name, path: child });
    }
  }

  await walk(root);
  const byName = pictures.toSorted((a, b) => naturalOrder(a.name, b.name));
  return { pictures: byName, refused: refused.toSorted((a, b) => naturalOrder(a.picture, b.picture)) };
}

type Reason = Omit<PictureFailure, "picture">;

const NOT_A_KIND: Reason = {
  message: "expected a PNG, JPEG or WebP picture, found a file of another kind",
  hint: "convert it, for example with an image editor",
};

async function whyRefused(entry: Dirent, path: string, root: string): Promise<Reason | undefined> {
  if (entry.isFile()) return undefined;
  const target = entry.isSymbolicLink() ? await realpath(path).catch(() => undefined) : undefined;
  if (target === undefined) {
    return { message: "expected a file, found something else", hint: "put the picture itself there" };
  }
  if (!target.startsWith(root + sep)) {
    return {
      message: "this is a link that leads out of the folder",
      hint: "copy the picture into the folder",
    };
  }
  return (await stat(target)).isFile()
    ? undefined
    : { message: "expected a link to a picture, found one to something else" };
}

async function realFolder(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (cause) {
    const missing = systemErrorCode(cause) === "ENOENT";
    throw new FileError(missing ? "there is no such folder" : "the folder cannot be read", {
      where: folder,
      hint: missing ? "check the path" : "check the rights of the folder",
      cause,
    });
  }
  throw new FileError("expected a folder of pictures, found a file", {
    where: folder,
    hint: "give the folder that it is in",
  });
}
