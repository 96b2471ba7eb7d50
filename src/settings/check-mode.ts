/** What a mode needs of other settings. */

import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";

/** Whether each frame is drawn by itself, and neither sees the one before. */
export function drawsSingly({ mode }: Pick<Settings, "mode">): boolean {
  return mode === "interpolation" || mode === "video";
}

/**
 * Mistakes in what belongs to a mode.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 */
export function checkMode(settings: Settings, wrong: ReadonlySet<string>): Problem[] {
  const { mode, cadence, init } = settings;
  if (wrong.has("mode")) return [];
  const problems: Problem[] = [];
  if (mode === "video" && init.video === null && !wrong.has("init.video")) {
    const message = "expected init.video with mode video, found none";
    const hint = "add it, such as init: { video: dance.mp4 }, or use another mode";
    problems.push({ path: ["mode"], part: "value", message, hint });
  }
  if (drawsSingly(settings) && cadence > 1) {
    const message = `expected 1 with mode ${mode}, found ${cadence}: frames of which each is drawn by itself have none between`;
    problems.push({ path: ["cadence"], part: "value", message, hint: "leave cadence out" });
  }
  return [...problems, ...checkExtraction("init", init), ...checkExtraction("hybrid", settings.hybrid)];
}

function checkExtraction(
  group: "init" | "hybrid",
  { extract_from_frame: from, extract_to_frame: to }: Settings["init" | "hybrid"],
): Problem[] {
  if (to < 0 || to >= from) return [];
  const message = `expected -1 or a picture from ${from} on, found ${to}, which is before extract_from_frame`;
  const hint = "-1 takes all to the end";
  return [{ path: [group, "extract_to_frame"], part: "value", message, hint }];
}
