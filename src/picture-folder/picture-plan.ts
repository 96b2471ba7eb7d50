/** What a picture is drawn with: the settings as they are at frame 0, with its own prompt and seed. */

import { createHash } from "node:crypto";
import { ScheduleError } from "../errors.ts";
import { excerpt } from "../printable.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { parseTextSchedule } from "../schedule/schedule.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import { type Settings, settingsSchema } from "../settings/schema.ts";

/** Stands in a prompt for the picture's caption. */
export const CAPTION = "{caption}";

export interface PicturePlans {
  /** Prompt of all pictures, perhaps with {@link CAPTION} in it. */
  readonly template: string;
  /** The plan with the template as it is: what all pictures have in common. */
  readonly common: FramePlan;
  /**
   * @param name of the picture, which decides the seed where each has its own
   * @param caption stands for {@link CAPTION}; null leaves the template as it is
   * @throws ScheduleError for a prompt that cannot be read, or one that asks for a LoRA that the settings do not name
   */
  planOf(name: string, caption: string | null): FramePlan;
}

/**
 * The settings without what belongs to animations: what moves, what is fed back, the video. Of pictures with masks, the mask's options stay.
 *
 * A ControlNet's depth network and the noise multiplier are those of the settings.
 */
export function asSinglePictures(settings: Settings): Settings {
  const plain: Settings = settingsSchema.parse({ prompts: "" });
  const { noise, mask } = settings;
  return {
    ...settings,
    mode: "video",
    cadence: 1,
    keyframe_distribution: "off",
    reverse: false,
    loop: false,
    init: plain.init,
    motion: { ...plain.motion, depth: settings.motion.depth },
    noise: { ...plain.noise, multiplier: noise.multiplier },
    feedback: plain.feedback,
    flow: plain.flow,
    hybrid: plain.hybrid,
    guided: plain.guided,
    mask: { ...mask, file: null, schedule: null },
    video: plain.video,
    thumbnails: { ...plain.thumbnails, count: 0 },
  };
}

/**
 * @param settings of {@link asSinglePictures}, with a drawn seed
 * @param seedPerPicture whether each picture gets a seed of its own, made of the seed and its name, which stays when other pictures come or go
 */
export function planPictures(settings: Settings, seedPerPicture: boolean): PicturePlans {
  const template = parseTextSchedule(settings.prompts).evaluate(scheduleContext(settings))[0]!;
  const common = planFrames(settings)[0]!;
  return {
    template,
    common,
    planOf(name, caption) {
      const text = caption === null ? null : template.replaceAll(CAPTION, () => caption);
      const plan = text === null ? common : planFrames({ ...settings, prompts: { 0: text } })[0]!;
      const { loras: asked = [], ...rest } = plan;
      const { loras = [] } = common;
      const unknown = asked.find((lora) => !loras.some((known) => known.name === lora.name));
      if (unknown) {
        throw new ScheduleError(
          `the caption asks for the LoRA ${excerpt(unknown.name)}, which is not loaded`,
          {
            hint: "name it with --lora; weight 0 leaves it to the captions",
          },
        );
      }
      // Every LoRA of the run is in every plan, so that the networks stay the same.
      const all = loras.map(
        ({ name: lora }) =>
          asked.find((own) => own.name === lora) ?? { name: lora, weight: 0, text_weight: 0 },
      );
      return {
        ...rest,
        seed: seedPerPicture ? ownSeed(common.seed, name) : common.seed,
        ...(all.length > 0 && { loras: all }),
      };
    },
  };
}

/** 0 to 2^32 − 1. */
function ownSeed(seed: number, name: string): number {
  return createHash("sha256").update(`${seed} ${name}`).digest().readUInt32BE(0);
}
