/** What a shape cannot say: schedules that cannot be read, values out of range at some frame, settings that need each other. */

import { durationInFrames } from "../schedule/duration.ts";
import { scheduleSource } from "../schedule/evaluate-settings.ts";
import { guidingPictures } from "../schedule/guided-plan.ts";
import { planMasks } from "../schedule/mask-plan.ts";
import { planModels } from "../schedule/model-plan.ts";
import { planSamplers } from "../schedule/sampler-plan.ts";
import { parseSchedule, type ScheduleContext, type ScheduleSource } from "../schedule/schedule.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import { catchScheduleError } from "./catch-schedule-error.ts";
import { checkDistribution } from "./check-distribution.ts";
import { checkLoop, checkLoopPictures } from "./check-loop.ts";
import { checkMode } from "./check-mode.ts";
import { checkPrompts } from "./check-prompts.ts";
import { checkReverse } from "./check-reverse.ts";
import { checkShots } from "./check-shots.ts";
import { loraName } from "./lora-schema.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./schema.ts";
import { scheduledSettingsOf, type ScheduledSetting } from "./setting-list.ts";

/** Settings that a schedule's values depend on: when one of them is wrong, only constants are judged. */
const CONTEXT: ReadonlySet<string> = new Set(["frames", "fps", "bpm", "seed"]);

/**
 * Every mistake in values of the right shape.
 *
 * @param wrong paths that are known to be wrong and stand at their default
 */
export function checkValues(settings: Settings, wrong: ReadonlySet<string>): Problem[] {
  const context = scheduleContext(settings);
  const isContextRight = ![...wrong].some((path) => CONTEXT.has(path));
  const problems = scheduledSettingsOf(settings)
    .filter(({ path }) => !wrong.has(path))
    .flatMap((setting) => {
      const source = scheduleSource(settings, setting.path);
      // Defaults are in range for every animation; a test of the schema sees to it.
      if (source === setting.defaultValue) return [];
      return checkSchedule(
        setting,
        source,
        isContextRight || typeof source === "number" ? context : undefined,
      );
    });
  const durations = { prompt_transition: settings.prompt_transition, loop: settings.loop };
  for (const [name, duration] of Object.entries(durations)) {
    if (typeof duration === "boolean" || !isContextRight || wrong.has(name)) continue;
    problems.push(...checkDuration(name, duration, context));
  }
  problems.push(...checkPrompts(settings, wrong, isContextRight ? context : undefined));
  problems.push(...checkControlNets(settings, wrong), ...checkAddons(settings, wrong));
  problems.push(
    ...checkDepth(settings, wrong),
    ...checkHoles(settings, wrong),
    ...checkSound(settings, wrong),
    ...checkColors(settings, wrong),
    ...checkMode(settings, wrong),
    ...checkDistribution(settings, wrong),
    ...checkReverse(settings, wrong),
    ...checkShots(settings, wrong),
    ...(isContextRight ? checkLoop(settings, wrong) : []),
  );
  if (isContextRight && !wrong.has("guided.images")) {
    const { guided } = settings;
    problems.push(
      ...catchScheduleError(["guided", "images"], guided.images, () => {
        return checkLoopPictures(settings, guidingPictures(guided, context));
      }),
    );
  }
  if (isContextRight) problems.push(...checkMasks(settings, wrong, context));
  if (!wrong.has("precision")) problems.push(...checkPrecision(settings));
  if (isContextRight && !wrong.has("sampler")) problems.push(...checkSamplers(settings, context));
  if (isContextRight && !wrong.has("model")) problems.push(...checkModels(settings, context));
  return problems;
}

/** What a shape would have to refuse together with the whole item. */
function checkControlNets({ controlnet }: Settings, wrong: ReadonlySet<string>): Problem[] {
  return controlnet.flatMap(({ model, input, preprocessor }, index): Problem[] => {
    const isKnown = (name: string) =>
      wrong.has(`controlnet.${index}`) || wrong.has(`controlnet.${index}.${name}`);
    const problem = (name: string, message: string, hint: string): Problem => {
      return { path: ["controlnet", String(index), name], part: "value", message, hint };
    };
    const problems: Problem[] = [];
    if (model === "" && !isKnown("model")) {
      const hint = "add it, such as model: control_v11p_sd15_canny.safetensors";
      problems.push(problem("model", "expected the name or path of a ControlNet, found nothing", hint));
    }
    if (preprocessor === "flow_edges" && input === "previous" && !isKnown("input")) {
      const message = "expected a video or a folder of pictures as input for flow_edges, found previous";
      const hint = "add the input, such as input: dance.mp4, or use preprocessor: canny";
      problems.push(problem("preprocessor", message, hint));
    }
    return problems;
  });
}

function checkDepth({ motion }: Settings, wrong: ReadonlySet<string>): Problem[] {
  const { near, far } = motion.depth;
  const places = ["near", "far"].map((name) => `motion.depth.${name}`);
  if (near < far || places.some((place) => wrong.has(place))) return [];
  const message = `expected less than motion.depth.far, which is ${far}, found ${near}`;
  const hint = "make near smaller or far larger";
  return [{ path: ["motion", "depth", "near"], part: "value", message, hint }];
}

function checkSound({ video }: Settings, wrong: ReadonlySet<string>): Problem[] {
  const { soundtrack, format } = video;
  const takesSound = format === "mp4" || format === "webm";
  if (soundtrack === null || takesSound || wrong.has("video.format")) return [];
  const message = `expected mp4 or webm for the sound, found the format ${format}`;
  const hint = "choose --format mp4, or leave the soundtrack out";
  return [{ path: ["video", "soundtrack"], part: "value", message, hint }];
}

function checkHoles({ motion, mask }: Settings, wrong: ReadonlySet<string>): Problem[] {
  const masked = mask.file === null ? (mask.schedule === null ? null : "mask.schedule") : "mask.file";
  if (motion.holes !== "inpaint" || masked === null || wrong.has("motion.holes")) return [];
  const message = `expected smear or noise together with ${masked}, found inpaint`;
  const hint = "use holes: noise, or leave the mask out";
  return [{ path: ["motion", "holes"], part: "value", message, hint }];
}

function checkMasks(
  { mask, noise }: Settings,
  wrong: ReadonlySet<string>,
  context: ScheduleContext,
): Problem[] {
  const schedules = { "mask.schedule": mask.schedule, "noise.mask": noise.mask };
  return Object.entries(schedules).flatMap(([path, schedule]) => {
    if ([path, "mask.file", "mask.words_model"].some((name) => wrong.has(name))) return [];
    return catchScheduleError(path.split("."), schedule, () => {
      planMasks(schedule, mask, context);
      return [];
    });
  });
}

function checkColors({ feedback, hybrid }: Settings, wrong: ReadonlySet<string>): Problem[] {
  const isWrong = ["feedback.color_reference", "hybrid", "hybrid.video"].some((path) => wrong.has(path));
  if (feedback.color_reference !== "video" || hybrid.video !== null || isWrong) return [];
  const message = "expected hybrid.video together with color_reference: video, found none";
  const hint = "add the video, such as hybrid: { video: dance.mp4 }";
  return [{ path: ["feedback", "color_reference"], part: "value", message, hint }];
}

function checkSamplers({ sampler }: Settings, context: ScheduleContext): readonly Problem[] {
  return catchScheduleError(["sampler"], sampler, () => {
    planSamplers(sampler, context);
    return [];
  });
}

function checkModels({ model }: Settings, context: ScheduleContext): readonly Problem[] {
  return catchScheduleError(["model"], model, () => {
    planModels(model, context);
    return [];
  });
}

/** What the computer has to say about it, CUDA found by `auto` for instance, comes later. */
function checkPrecision({ precision, device, low_memory }: Settings): Problem[] {
  if (precision !== "int8") return [];
  const problem = { path: ["precision"], part: "value" } as const;
  const problems: Problem[] = [];
  if (device === "cuda" || device === "webgpu") {
    const message = `expected fp32 or fp16 with device ${device}, found int8, which is for the processor`;
    problems.push({ ...problem, message, hint: "use device: cpu, or leave precision out" });
  }
  if (low_memory) {
    const message = "expected fp32 or fp16 with low_memory, found int8, whose weights are copies in memory";
    problems.push({ ...problem, message, hint: "leave low_memory or precision out" });
  }
  return problems;
}

/** LoRAs and embeddings: each has to be given, and under a name of its own. */
function checkAddons({ loras, embeddings }: Settings, wrong: ReadonlySet<string>): Problem[] {
  const lists = { loras, embeddings: embeddings.map(({ name, word }) => ({ name, word: word || name })) };
  return Object.entries(lists).flatMap(([list, items]) => {
    const names = items.map((item) => ("word" in item ? item.word : loraName(item.name)).toLowerCase());
    return items.flatMap(({ name }, index): Problem[] => {
      const path = [list, String(index), "name"];
      if (wrong.has(path.join(".")) || wrong.has(`${list}.${index}`)) return [];
      if (name === "") {
        const hint = `add it, such as name: ${list === "loras" ? "comic-outlines" : "easynegative"}`;
        return [{ path, part: "value", message: "expected a name or path, found nothing", hint }];
      }
      if (names.indexOf(names[index]!) === index) return [];
      return [
        {
          path,
          part: "value",
          message: `expected another name than that of an item above, found ${names[index]} again`,
          hint:
            list === "loras" ? "join the two, or rename one of the files" : "give one of them another word",
        },
      ];
    });
  });
}

function checkDuration(
  name: string,
  duration: number | string,
  context: ScheduleContext,
): readonly Problem[] {
  return catchScheduleError([name], duration, () => {
    durationInFrames(duration, context);
    return [];
  });
}

/** @param context undefined to check only whether the schedule can be read */
function checkSchedule(
  setting: ScheduledSetting,
  source: ScheduleSource,
  context: ScheduleContext | undefined,
): readonly Problem[] {
  const path = setting.path.split(".");
  return catchScheduleError(path, source, () => {
    const schedule = parseSchedule(source);
    if (context === undefined) return [];
    const message = findBadValue(setting, schedule.evaluate(context));
    return message === undefined ? [] : [{ path, part: "value", ...message }];
  });
}

/** The first frame whose value is out of range, in words. */
function findBadValue(
  { range: [low, high], whole = false, path, unit }: ScheduledSetting,
  values: Float64Array,
): { message: string; hint: string } | undefined {
  for (let frame = 0; frame < values.length; frame++) {
    const value = whole ? Math.trunc(values[frame]!) : values[frame]!;
    const inUnit = unit === undefined ? "" : ` (${unit})`;
    if (!(value >= low && value <= high)) {
      return {
        message: `expected values from ${low} to ${high}${inUnit}, found ${value} at frame ${frame}`,
        hint: "animate plan prints the value of every frame",
      };
    }
    if (path === "feedback.sharpen.kernel" && value % 2 === 0) {
      return {
        message: `expected an odd number of pixels, found ${value} at frame ${frame}`,
        hint: `use ${value - 1} or ${value + 1}`,
      };
    }
    if (path === "motion.fov" && value === 0) {
      const message = `expected a field of view, found 0 degrees at frame ${frame}`;
      return { message, hint: "jump over 0: 0:(-70), 10:(70+0)" };
    }
  }
  return undefined;
}
