/** The captions of a folder's pictures, where the prompt asks for them. */

import { SettingsError } from "../errors.ts";
import { readCaption } from "./caption-file.ts";
import { type FolderPicture, type PictureFailure, toFailure } from "./folder-picture.ts";
import { CAPTION } from "./picture-plan.ts";

export interface FolderCaptions {
  /** By the pictures' names; null where a network has to say what the picture shows, and for all where the prompt asks for no caption. */
  readonly captions: ReadonlyMap<string, string | null>;
  /** Pictures whose caption is missing or cannot be read. */
  readonly failed: readonly PictureFailure[];
}

/**
 * Reads the caption files of all pictures.
 *
 * @param hasCaptioner whether pictures without a file have their captions made
 * @throws SettingsError when a caption is asked for and no picture has one: then the prompt was forgotten
 */
export async function readCaptions(
  pictures: readonly FolderPicture[],
  template: string,
  hasCaptioner: boolean,
): Promise<FolderCaptions> {
  const captions = new Map<string, string | null>();
  const failed: PictureFailure[] = [];
  const without: PictureFailure[] = [];
  for (const { name, path } of pictures) {
    try {
      const caption = template.includes(CAPTION) ? await readCaption(path) : null;
      if (caption !== null || hasCaptioner || !template.includes(CAPTION)) captions.set(name, caption);
      else without.push({ picture: name, ...missing(name) });
    } catch (error) {
      failed.push(toFailure({ name, path }, error));
    }
  }
  if (without.length > 0 && without.length === pictures.length) {
    const message = "expected a prompt, or captions in text files beside the pictures; found neither";
    const hint = 'say what to make of them, --prompt "an oil painting of {caption}"; or give --captioner';
    throw new SettingsError([{ location: "--prompt", path: "", message, hint }]);
  }
  return { captions, failed: [...failed, ...without] };
}

function missing(name: string): Omit<PictureFailure, "picture"> {
  const file = name.replace(/^.*\//, "").replace(/\.[^.]*$/, ".txt");
  return {
    message: `there is no caption ${file} beside it`,
    hint: `write one, give a --prompt without ${CAPTION}, or a network that writes them with --captioner`,
  };
}
