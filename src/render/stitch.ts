/** The video of the frames that a run has finished so far: nothing is rendered, and no model is opened. */

import { join } from "node:path";
import { RenderError, SettingsError } from "../errors.ts";
import { planFrames } from "../schedule/plan.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import type { Settings } from "../settings/schema.ts";
import { type EnlargedFrames, openEnlargedFrames } from "./enlarged-frames.ts";
import { isIntact, JOURNAL_FILE } from "./finished-frames.ts";
import { type JournalEntry, readJournal } from "./journal-entry.ts";
import { byPath, placeOf } from "./locate.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { RenderRequest } from "./render-request.ts";
import { openRunFilm } from "./run-film.ts";
import { lockRunFolder } from "./run-lock.ts";
import { openRunSoundtrack } from "./run-soundtrack.ts";

export interface StitchReport {
  readonly name: string;
  readonly folder: string;
  readonly video: string;
  /** How many frames the video has, of how many the schedule asks for. */
  readonly frames: number;
  readonly planned: number;
  /** Numbers of the frames that are not there. */
  readonly missing: readonly number[];
}

/**
 * Makes the video of a run folder. A frame counts when its file is as it was written; whether the schedule still asks for the same picture is not
 * looked at, since that would take the model.
 *
 * @throws RenderError when there is no frame, or another process renders there; EncodeError when the video cannot be made
 */
export async function stitchRun(
  request: Pick<
    RenderRequest,
    "settings" | "scheduleFile" | "scheduleFolder" | "locate" | "folder" | "onEvent"
  >,
): Promise<StitchReport> {
  const { folder, scheduleFolder, onEvent, locate = byPath } = request;
  if (request.settings.video.format === "png") {
    const [location, message] = [placeOf(locate, ["video", "format"]), "expected a video to make, found png"];
    throw new SettingsError([{ location, path: "", message, hint: "add --format mp4" }]);
  }
  const soundtrack = await openRunSoundtrack(request.settings, scheduleFolder, locate);
  const unlock = await lockRunFolder(folder, request.scheduleFile);
  try {
    const recorded = await readManifest(folder);
    const settings = withRecorded(request.settings, recorded?.settings);
    const plan = planFrames(settings);
    const finished = await intactEntries(folder, plan);
    const enlarged = finished.length > 0 ? await openEnlarged(folder, settings, recorded) : null;
    const entries = enlarged ? await enlargedEntries(finished, enlarged) : finished;
    if (entries.length === 0) {
      throw new RenderError("expected finished frames to make a video of, found none", {
        where: folder,
        hint: "Leave out --stitch to render them, or name the folder of the run with --out.",
      });
    }
    onEvent({ type: "finishing", what: "video" });
    const { name = "unknown", sha256 = "" } = recorded?.model ?? {};
    const onTrouble = (message: string) => onEvent({ type: "warning", message });
    const film = await openRunFilm(folder, {
      settings,
      plan,
      model: { name, hash: sha256 },
      enlarged,
      soundtrack,
      onTrouble,
    });
    try {
      for (const entry of entries) await film.take(entry);
      const video = (await film.finish())!;
      const there = new Set(entries.map(({ frame }) => frame));
      const missing = plan.map(({ frame }) => frame).filter((frame) => !there.has(frame));
      return { name: settings.name, folder, video, frames: entries.length, planned: plan.length, missing };
    } finally {
      await film.abort();
    }
  } finally {
    await unlock();
  }
}

/** The seed that was drawn, and no more frames than a video to draw over had. */
function withRecorded(settings: Settings, recorded: Partial<Settings> | undefined): Settings {
  const { seed, frames } = recorded ?? {};
  const drawn = drawSeed(settings, Number.isSafeInteger(seed) ? () => seed! : undefined);
  if (settings.mode !== "video" || !Number.isSafeInteger(frames)) return drawn;
  return { ...drawn, frames: Math.min(settings.frames, frames!) };
}

/** Enlarged frames that are there; none can be made without the upscaler. */
async function openEnlarged(
  folder: string,
  { video: { upscale } }: Settings,
  recorded: Partial<Manifest> | undefined,
): Promise<EnlargedFrames | null> {
  if (upscale === 1) return null;
  const { name = "unknown", sha256 = "" } = recorded?.upscaler ?? {};
  const enlarge = () => Promise.reject(new RenderError("a frame has not been enlarged", { where: folder }));
  const upscaler = { name, hash: sha256, scale: upscale };
  return await openEnlargedFrames(folder, upscale, { upscaler, enlarge });
}

async function intactEntries(
  folder: string,
  plan: readonly { readonly frame: number }[],
): Promise<JournalEntry[]> {
  const known = await readJournal(join(folder, JOURNAL_FILE));
  const byFrame = new Map(known.map((entry) => [entry.frame, entry]));
  const entries: JournalEntry[] = [];
  for (const { frame } of plan) {
    const entry = byFrame.get(frame);
    if (entry && (await isIntact(folder, entry.picture))) entries.push(entry);
  }
  return entries;
}

async function enlargedEntries(
  entries: readonly JournalEntry[],
  enlarged: EnlargedFrames,
): Promise<JournalEntry[]> {
  const there: JournalEntry[] = [];
  for (const entry of entries) {
    if (await enlarged.isThere(entry.frame, entry.picture.sha256)) there.push(entry);
  }
  return there;
}
