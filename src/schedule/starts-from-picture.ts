/** What frame 0 is drawn over. */

import type { Settings } from "../settings/schema.ts";

/** Whether frame 0 is drawn over a picture, of which `init.strength` is kept. */
export function startsFromPicture({ init, hybrid }: Settings): boolean {
  return init.image !== null || (hybrid.video !== null && hybrid.first_frame_as_init);
}
