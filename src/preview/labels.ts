/** Frame number, time and prompt in the corner of a preview's frames. */

import sharp from "../tensor/sharp.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import type { ByteImage } from "../tensor/image.ts";
import { drawText, textWidth, writable } from "../thumbnails/glyphs.ts";

/** Writes on frames. Texts are drawn once and kept, because a prompt stands for many frames. */
export interface Labels {
  /** Draws the texts of a frame; what it resolves to writes them on the picture. */
  draw(plan: FramePlan): Promise<(image: ByteImage) => void>;
}

/** How much of the picture is left behind the text. */
const VEIL = 0.4;

/**
 * @param size of the frames, pixels
 * @param last the frame with the longest number
 */
export function createLabels(
  { width, height }: { readonly width: number; readonly height: number },
  last: FramePlan,
): Labels {
  const capHeight = Math.max(6, Math.round(Math.min(width, height) / 48));
  const stripHeight = Math.round(2.6 * capHeight);
  const margin = Math.round(0.8 * capHeight);
  let kept: { text: string; strip: Promise<Uint8Array> } | null = null;

  /** Coverage of a strip as wide as the frame, 0–255. */
  async function drawStrip(text: string, left: number): Promise<Uint8Array> {
    const drawn = drawText(text, left, 0.7 * capHeight, capHeight, "#fff");
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${stripHeight}">${drawn}</svg>`;
    const { data } = await sharp(Buffer.from(svg))
      .extractChannel("alpha")
      .raw()
      .toBuffer({ resolveWithObject: true });
    return data;
  }

  return {
    async draw(plan) {
      const counter = counterOf(plan);
      const left = 4 * margin + textWidth(counterOf(last), capHeight);
      const room = width - left - margin;
      const prompt = shorten(promptOf(plan), room, capHeight);
      if (kept?.text !== prompt) kept = { text: prompt, strip: drawStrip(prompt, left) };
      const [counting, prompting] = [await drawStrip(counter, margin), await kept.strip];
      const first = (height - stripHeight) * width;
      return (image) => {
        for (let i = 0; i < counting.length; i++) {
          const ink = Math.max(counting[i]!, 0.8 * prompting[i]!) / 255;
          for (let o = 3 * (first + i), end = o + 3; o < end; o++) {
            image.data[o] = VEIL * image.data[o]! * (1 - ink) + 240 * ink;
          }
        }
      };
    },
  };
}

function counterOf({ frame, timeSeconds }: FramePlan): string {
  return `#${frame}  ${timeSeconds.toFixed(2)}s`;
}

/** The prompt that has the largest share of the frame. */
function promptOf({ prompts }: FramePlan): string {
  return writable(prompts.reduce((most, next) => (next.weight > most.weight ? next : most)).text);
}

/** As many whole words as fit, and dots when some do not. */
function shorten(text: string, room: number, capHeight: number): string {
  if (textWidth(text, capHeight) <= room) return text;
  const words = text.split(" ");
  while (words.length > 0 && textWidth(`${words.join(" ")} ...`, capHeight) > room) words.pop();
  return words.length === 0 ? "" : `${words.join(" ")} ...`;
}
