/** Renders a schedule of this folder for a benchmark, and tells on stderr how far it is. */

import { dirname } from "node:path";
import { readSettings, renderAnimation } from "../../dist/index.js";
import { readSetFlag } from "../../dist/settings/overrides.js";

/** Frames between two lines on stderr. */
const TOLD = 25;

/**
 * @param schedule path of the file
 * @param folder of the run; finished frames in it are taken over
 * @param flags settings as `--set` takes them: `strength=0.55`
 * @param name for stderr
 * @returns the settings that it was rendered with
 */
export async function renderSchedule(schedule, folder, flags, name) {
  const { settings, text } = await readSettings(schedule, flags.map(readSetFlag));
  await renderAnimation({
    settings,
    scheduleText: text,
    scheduleFolder: dirname(schedule),
    folder,
    resume: false,
    force: false,
    stop: new AbortController().signal,
    onEvent(event) {
      if (event.type !== "frame" || (event.frame + 1) % TOLD !== 0) return;
      const { frame, secondsPerFrame } = event;
      process.stderr.write(
        `${name}: ${frame + 1} of ${settings.frames} frames, ${secondsPerFrame.toFixed(2)} s each\n`,
      );
    },
  });
  return settings;
}
