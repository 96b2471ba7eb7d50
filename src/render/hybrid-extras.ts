/** What an input video brought into each frame, as pictures beside the frames: `hybrid/000031-mask.png`, `-composite.png`, `-flow.png`. */

import { join } from "node:path";
import { makeFolder, writeFileAtomic } from "../files.ts";
import { flowArrows } from "../flow/flow-arrows.ts";
import { flowWheel } from "../flow/flow-wheel.ts";
import type { Settings } from "../settings/schema.ts";
import type { ByteImage } from "../tensor/image.ts";
import { encodePng } from "../tensor/picture-file.ts";

/** Each of a frame's extras is written once, the first time that it is given. */
export interface HybridExtras {
  /** @param mask a level per pixel, `height * width` */
  mask(frame: number, mask: Uint8Array, picture: ByteImage): Promise<void>;
  composite(frame: number, picture: ByteImage): Promise<void>;
  /**
   * @param flow `[height, width, 2]`, as it is applied, before its factor
   * @param picture that it leads to
   */
  flow(frame: number, flow: Float32Array, picture: ByteImage): Promise<void>;
}

/** Makes the folder `hybrid/` in a run folder. */
export async function openHybridExtras(
  runFolder: string,
  shows: Settings["hybrid"]["flow_picture"],
): Promise<HybridExtras> {
  await makeFolder(join(runFolder, "hybrid"));
  const written = new Set<string>();

  async function write(frame: number, kind: string, draw: () => ByteImage): Promise<void> {
    const name = `${String(frame).padStart(6, "0")}-${kind}.png`;
    if (written.has(name)) return;
    written.add(name);
    await writeFileAtomic(join(runFolder, "hybrid", name), await encodePng(draw()));
  }

  return {
    mask: (frame, mask, picture) => write(frame, "mask", () => grayPicture(mask, picture)),
    composite: (frame, picture) => write(frame, "composite", () => picture),
    flow: (frame, flow, picture) =>
      write(frame, "flow", () => (shows === "arrows" ? flowArrows(flow, picture) : flowWheel(flow, picture))),
  };
}

function grayPicture(
  levels: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): ByteImage {
  const data = new Uint8Array(3 * levels.length);
  for (let i = 0; i < levels.length; i++) data.fill(levels[i]!, 3 * i, 3 * i + 3);
  return { width, height, data };
}
