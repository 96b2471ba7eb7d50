// Runs of deforum-art/sd-webui-deforum 32242685 that were interrupted and went on. Deforum keeps pictures and nothing else: it begins again
// with the first seed, and with cadence it draws over a picture that is too old. Ours goes on with the same bytes.
import { describe, expect, it } from "vitest";
import { prepareInit } from "../src/feedback/feedback.ts";
import { feedbackOptions } from "../src/render/feedback-options.ts";
import { chainHashes } from "../src/render/chain.ts";
import type { LoopState, Paint, RenderedFrame } from "../src/render/frame-loop.ts";
import type { PlannedRun } from "../src/render/run-frames.ts";
import { openRunFolder } from "../src/render/run-folder.ts";
import type { FramePlan } from "../src/schedule/frame-plan.ts";
import { samplerLabel } from "../src/settings/sampler-names.ts";
import { type ByteImage, type RgbImage, toByteImage, toFloatImage } from "../src/tensor/image.ts";
import { temporaryFolder } from "./run-animate.ts";
import { differences } from "./support/loop-stand-in.ts";
import {
  drawingsOf,
  framesOf,
  openTraced,
  readTrace,
  settingsOf,
  standInPaint,
  type Trace,
  writtenName,
} from "./support/loop-traces.ts";

interface Rendered {
  readonly frames: readonly RenderedFrame[];
  readonly drawings: readonly { readonly init: RgbImage | null; readonly plan: FramePlan }[];
}

/** By a stand-in that paints a frame alike whenever it is asked for it, as a model does. */
async function render(run: PlannedRun, start?: LoopState): Promise<Rendered> {
  const paint = await standInPaint(({ seed }) => seed - run.settings.seed);
  const drawings: { init: RgbImage | null; plan: FramePlan }[] = [];
  const noting: Paint = async (init, plan) => {
    drawings.push({ init, plan });
    return await paint(init, plan);
  };
  const frames: RenderedFrame[] = [];
  for await (const frame of framesOf(run, noting, start)) frames.push(frame);
  return { frames, drawings };
}

/** The run without and with an interruption after so many frames, which goes on from the files of its folder. */
async function interrupt(run: PlannedRun, onDisk: number): Promise<{ whole: Rendered; rest: Rendered }> {
  const path = await temporaryFolder();
  const chain = chainHashes({}, run.plan);
  const whole = await render(run);
  const before = await openRunFolder(path, chain, { force: false });
  for (const [i, frame] of whole.frames.slice(0, onDisk).entries())
    await before.save(frame, chain[i]!, 0, []);
  await before.close();
  const folder = await openRunFolder(path, chain, { force: false });
  const gap = await folder.nextGap({ begin: 0, end: chain.length });
  const rest = await render(run, gap!.state);
  await folder.close();
  return { whole, rest };
}

function writtenBy({ frames }: Rendered): string[] {
  return frames.map(({ plan }) => writtenName(plan.frame));
}

/** The frames that Deforum drew after the interruption: each drawing follows the move of its frame. */
function drawnFrames({ events }: Trace): number[] {
  return events.flatMap(({ op }, i) => {
    const move = events.slice(0, i).findLast((event) => event.op === "warp");
    return op === "diffuse" ? [move!.frame!] : [];
  });
}

const bytes = ({ frames }: Rendered): ByteImage[] => frames.map(({ image }) => image);

describe("a run of Deforum's that was interrupted", () => {
  it.each([
    { name: "resume_c1_4", onDisk: 4, goesOnAt: 4 },
    { name: "resume_c2_5", onDisk: 5, goesOnAt: 5 },
    // Frame 5 is moved again from frame 4, the last one that was drawn.
    { name: "resume_c2_6", onDisk: 6, goesOnAt: 5 },
  ])("$name goes on here with the bytes of a run that was not", async ({ name, onDisk, goesOnAt }) => {
    const trace = readTrace(name);
    const run = await openTraced({ ...settingsOf(trace), last_block: "omit" });
    const { whole, rest } = await interrupt(run, onDisk);

    expect(writtenBy(whole)).toEqual(trace.frames_written);
    expect(writtenBy(rest)).toEqual(trace.frames_written.slice(goesOnAt));
    expect(bytes(rest)).toEqual(bytes(whole).slice(goesOnAt));
    const resumed = whole.drawings.slice(-rest.drawings.length);
    expect(rest.drawings.map(({ init }) => init)).toEqual(resumed.map(({ init }) => init));
  });

  it.each(["resume_c1_4", "resume_c2_5", "resume_c2_6"])(
    "%s asks for the same drawings, with the seeds that Deforum has lost",
    async (name) => {
      const trace = readTrace(name);
      const run = await openTraced(settingsOf(trace));
      const { cadence } = run.settings;
      const frames = drawnFrames(trace);
      const first = frames[0]!;
      expect(frames).toEqual(frames.map((_, i) => first + i * cadence));
      for (const [i, event] of drawingsOf(trace).entries()) {
        const plan = run.plan[frames[i]!]!;
        expect(plan.diffuse).toBe(true);
        expect(event.kind).toBe("img2img");
        expect([plan.prompts[0]!.text, plan.negativePrompt]).toEqual([event.prompt, event.negative.trim()]);
        expect([plan.steps, plan.guidance_scale, samplerLabel(plan.sampler)]).toEqual([
          event.steps,
          event.cfg,
          event.sampler,
        ]);
        expect(1 - plan.strength).toBeCloseTo(event.denoising_strength, 12);
        // Deforum begins again with the first seed: its own are those of the beginning.
        expect(event.seed).toBe(run.settings.seed + i);
        expect(plan.seed - event.seed).toBe(first / cadence);
      }
      const grain = trace.events.filter(({ op }) => op === "noise").map(({ seed }) => seed);
      expect(grain).toEqual(drawingsOf(trace).map(({ seed }) => seed));
    },
  );

  it.each([
    { name: "resume_c1_4", previous: 3, isTooOld: false },
    { name: "resume_c2_5", previous: 2, isTooOld: true },
    { name: "resume_c2_6", previous: 4, isTooOld: true },
  ])(
    "$name draws over frame $previous in Deforum, too old: $isTooOld",
    async ({ name, previous, isTooOld }) => {
      const run = await openTraced(settingsOf(readTrace(name)));
      const { frames, drawings } = await render(run);
      const next = drawnFrames(readTrace(name))[0]!;
      const { init } = drawings.find(({ plan }) => plan.frame === next)!;
      const start = (frame: number): ByteImage => {
        const picture = toFloatImage(frames[frame]!.image);
        return toByteImage(prepareInit(picture, run.plan[next]!, null, feedbackOptions(run.settings)));
      };
      expect(toByteImage(init!)).toEqual(start(next - 1));
      const { mean } = differences(start(previous), start(next - 1));
      expect(mean > 2).toBe(isTooOld);
      if (!isTooOld) expect(mean).toBe(0);
    },
  );
});
