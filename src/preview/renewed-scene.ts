/** A scene that begins anew when it is worn out, as a model would draw a new picture: the old one fades into it while both move. */

import type { ByteImage } from "../tensor/image.ts";
import type { Scene, WearingScene } from "./scene.ts";

/** Frames of a fade. */
const FADE = 8;

/** @param begin makes the scene as it is before any move */
export function renewedScene(begin: () => WearingScene): Scene {
  let shown = begin();
  let coming: WearingScene | null = null;
  let faded = 0;
  return {
    move(motion) {
      shown.move(motion);
      coming?.move(motion);
      if (coming === null) {
        if (shown.isWorn()) coming = begin();
        faded = 0;
      } else if (++faded === FADE) {
        shown = coming;
        coming = null;
      }
    },
    draw: () => (coming === null ? shown.draw() : blended(shown.draw(), coming.draw(), faded / FADE)),
  };
}

/** `to` over `from`, which is written to. */
function blended(from: ByteImage, to: ByteImage, share: number): ByteImage {
  for (let i = 0; i < from.data.length; i++) {
    from.data[i] = from.data[i]! + (to.data[i]! - from.data[i]!) * share + 0.5;
  }
  return from;
}
