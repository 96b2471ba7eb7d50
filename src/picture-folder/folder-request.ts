/** What is asked of a folder of pictures. */

import type { Locate } from "../render/locate.ts";
import type { Settings } from "../settings/schema.ts";
import type { OnFolderEvent } from "./folder-events.ts";
import type { Region } from "./region.ts";
import type { OutputOptions } from "./result-picture.ts";

export interface FolderRequest {
  /** The folder of pictures, absolute. */
  readonly folder: string;
  /** The folder of results, absolute; made when it is not there. */
  readonly out: string;
  /** Also the pictures of folders within it. */
  readonly recursive: boolean;
  /** Complete settings, of which the values at frame 0 hold; a seed of −1 is drawn, or taken over from the run in `out`. */
  readonly settings: Settings;
  /** Folder that relative paths of the settings start from. */
  readonly settingsFolder: string;
  readonly locate: Locate;
  /** Whether the user gave the strength; if not, models that edit by instructions draw with 0. */
  readonly givesStrength: boolean;
  /** Whether each picture gets a seed of its own. */
  readonly seedPerPicture: boolean;
  /** Folder of a network that says what pictures without a caption file show, absolute; null: none. */
  readonly captioner: string | null;
  /** What is drawn; null: all of each picture. */
  readonly part: FolderPart | null;
  readonly output: OutputOptions;
  /** Make every picture again, and replace files that have the name of a result. */
  readonly force: boolean;
  /** Aborted: the current picture is finished, and the report says that it is not complete. */
  readonly stop: AbortSignal;
  readonly onEvent: OnFolderEvent;
}

export interface FolderPart {
  readonly region: Region;
  /** Whether the region is kept and everything else drawn, as of a subject before a new background. */
  readonly keeps: boolean;
  /** Deviation of the blur of its borders, pixels of the size at which the model draws. */
  readonly blur: number;
}
