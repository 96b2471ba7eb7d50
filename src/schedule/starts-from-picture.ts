/** What frame 0 is drawn over. */

import type { Settings } from "../settings/schema.ts";

/** Whether frame 0 is drawn over a picture, of which `init.strength` is kept. */
export function startsFromPicture({ mode, init, hybrid, guided }: Settings): boolean {
  // In mode video every frame is drawn over a picture, and strength says how much of it is kept.
  if (mode === "interpolation" || mode === "video") return false;
  return (
    init.image !== null || guided.images !== null || (hybrid.video !== null && hybrid.first_frame_as_init)
  );
}
