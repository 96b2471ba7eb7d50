/** What a render is asked to do. */

import type { CachePlace } from "../frame-cache/cache-place.ts";
import type { Settings } from "../settings/schema.ts";
import type { Locate } from "./locate.ts";
import type { OnRunEvent } from "./run-events.ts";

export interface RenderRequest {
  /** Complete settings; a seed of −1 is drawn, or taken over from the run in `folder`. */
  readonly settings: Settings;
  /** Path of the schedule file, for messages to whoever finds the folder taken. */
  readonly scheduleFile?: string;
  /** Text of the schedule file, kept in the run folder. */
  readonly scheduleText: string;
  /** Folder of the schedule file: relative paths in it start there. */
  readonly scheduleFolder: string;
  /** Where each setting stands in its file, for messages. */
  readonly locate?: Locate;
  /** The run folder; made when it is not there. */
  readonly folder: string;
  /** Fail when there is nothing to continue. */
  readonly resume: boolean;
  /** Render every frame again. */
  readonly force: boolean;
  /** Go on from frames that were made under other versions or on another machine; default false: that is refused. */
  readonly allowDrift?: boolean;
  /** Frames that other runs have made are taken from there, and those of this run kept; not given: none. */
  readonly cache?: CachePlace;
  /** Inference processes that may render shots side by side, ≥ 1; default 1. */
  readonly jobs?: number;
  /** Aborted: the current frame is finished, what is there becomes a video, and the report says that it is not complete. */
  readonly stop: AbortSignal;
  readonly onEvent: OnRunEvent;
}
