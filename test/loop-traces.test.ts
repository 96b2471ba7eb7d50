// Runs traced in deforum-art/sd-webui-deforum 32242685, its model replaced by a stand-in. Each is imported as the settings file that it is
// and goes through the whole loop; spies note what the loop does, in its order.
import { beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { SettingsError } from "../src/errors.ts";
import { matchColors } from "../src/feedback/color-match.ts";
import { addNoise } from "../src/feedback/noise.ts";
import { sharpen } from "../src/feedback/sharpen.ts";
import { applyFlow } from "../src/flow/apply-flow.ts";
import { disFlow } from "../src/flow/dis.ts";
import { farnebackFlow } from "../src/flow/farneback.ts";
import { fitMotion } from "../src/flow/fit-motion.ts";
import { composite } from "../src/hybrid/composite.ts";
import { warpImage } from "../src/motion/warp.ts";
import type { Paint, RenderedFrame } from "../src/render/frame-loop.ts";
import type { PlannedRun } from "../src/render/run-frames.ts";
import type { FramePlan } from "../src/schedule/frame-plan.ts";
import { samplerLabel } from "../src/settings/sampler-names.ts";
import type { ByteImage } from "../src/tensor/image.ts";
import { importText } from "./support/interchange.ts";
import { differences } from "./support/loop-stand-in.ts";
import { LOOP_DEVIATIONS } from "./support/loop-deviations.ts";
import {
  drawingsOf,
  fieldsOf,
  framesOf,
  openTraced,
  readTrace,
  settingsOf,
  standInPaint,
  TRACE_NAMES,
  type TraceEvent,
  type TracedDrawing,
  writtenName,
} from "./support/loop-traces.ts";

vi.mock("../src/feedback/color-match.ts", { spy: true });
vi.mock("../src/feedback/noise.ts", { spy: true });
vi.mock("../src/feedback/sharpen.ts", { spy: true });
vi.mock("../src/flow/apply-flow.ts", { spy: true });
vi.mock("../src/flow/dis.ts", { spy: true });
vi.mock("../src/flow/farneback.ts", { spy: true });
vi.mock("../src/flow/fit-motion.ts", { spy: true });
vi.mock("../src/hybrid/composite.ts", { spy: true });
vi.mock("../src/motion/warp.ts", { spy: true });

/** Elsewhere: not drawn at all, or begun in the middle. */
const APART: ReadonlySet<string> = new Set([
  "sampler_bad",
  "motion_preview",
  "resume_c1_4",
  "resume_c2_5",
  "resume_c2_6",
]);
const COMPARED = TRACE_NAMES.filter((name) => !APART.has(name));
/** Errors of Deforum's that ours are not; the events up to there are compared. */
const GOES_ON: ReadonlySet<string> = new Set(["hybrid_farneback", "prompts_max_f_key"]);

const drawn = vi.fn<(init: unknown, plan: FramePlan) => void>();
const saved = vi.fn<(frame: RenderedFrame) => void>();

/** Renders all frames and notes what is drawn and saved. */
async function render(run: PlannedRun): Promise<void> {
  const paint = await standInPaint();
  const noting: Paint = async (init, plan) => {
    drawn(init, plan);
    return await paint(init, plan);
  };
  for await (const frame of framesOf(run, noting)) saved(frame);
}

/** What our loop did, in its order, in the traces' words; moves of the pictures between two drawings are many ways to the same. */
function doneBy({ settings }: PlannedRun): TraceEvent[] {
  const fits = settings.hybrid.motion === "affine";
  return [
    ...callsOf(vi.mocked(warpImage), () => ({ op: "warp" })),
    ...callsOf(vi.mocked(matchColors), () => ({ op: "color_match" })),
    ...callsOf(vi.mocked(sharpen), ([, { amount }]) => (amount > 0 ? { op: "sharpen" } : null)),
    ...callsOf(vi.mocked(addNoise), ([, amount, seed, options]) => ({
      op: "noise",
      amount,
      seed,
      mask: options?.mask !== undefined,
    })),
    ...callsOf(vi.mocked(disFlow), () => (fits ? null : { op: "flow_estimate" })),
    ...callsOf(vi.mocked(farnebackFlow), () => ({ op: "flow_estimate" })),
    ...callsOf(vi.mocked(fitMotion), () => ({ op: "hybrid_matrix" })),
    ...callsOf(vi.mocked(applyFlow), ([, , factor = 1]) => ({ op: "flow_apply", factor })),
    ...callsOf(vi.mocked(composite), () => ({ op: "hybrid_composite" })),
    ...callsOf(drawn, ([init, { seed }]) => ({ op: "diffuse", kind: init ? "img2img" : "txt2img", seed })),
    ...callsOf(saved, ([{ plan }]) => ({
      op: "save",
      file: writtenName(plan.frame),
    })),
  ]
    .toSorted((a, b) => a.order - b.order)
    .map(({ event }) => event);
}

function callsOf<Args extends unknown[]>(
  { mock }: Mock<(...args: Args) => unknown>,
  eventOf: (args: Args) => TraceEvent | null,
): { order: number; event: TraceEvent }[] {
  return mock.calls.flatMap((args, i) => {
    const event = eventOf(args);
    return event ? [{ order: mock.invocationCallOrder[i]!, event }] : [];
  });
}

/** Not told apart by spies. */
const RENAMED: Readonly<Record<string, string>> = { hybrid_flow: "flow_estimate" };
/** What traces and spies do not both see. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  // The trace notes flows between two pictures of the video only.
  hybrid_flow_prev: ["flow_estimate"],
  hybrid_video_color: ["hybrid_composite"],
  // Flows and moves of the two pictures between drawings interleave otherwise; pictures tell that they come to the same.
  flow_cadence_2d: ["warp", "flow_apply"],
  flow_cadence_3d: ["warp", "flow_apply"],
  flow_cadence_factor2: ["warp", "flow_apply"],
  hybrid_flow_c2: ["warp", "flow_estimate", "flow_apply"],
  // Pictures tell whether it was kept.
  mask_file: ["overlay_mask"],
  mask_file_invert: ["overlay_mask"],
  mask_no_init: ["overlay_mask"],
  mask_noise: ["overlay_mask"],
};

/** One line per event. `isDrawn` = Deforum drew the seed from a generator that it never seeds. */
function lineOf({ op, kind, seed, amount, factor, file, mask }: TraceEvent, isDrawn: boolean): string {
  const shown = isDrawn ? "drawn" : seed;
  if (op === "diffuse") return `diffuse ${kind} ${shown}`;
  if (op === "noise") return `noise ${Number(amount!.toFixed(9))} ${shown}${mask ? " masked" : ""}`;
  if (op === "flow_apply") return `flow_apply ${factor}`;
  return op === "save" ? `save ${file}` : op;
}

function isDrawnSeed(seed: number | undefined): boolean {
  return seed !== undefined && (seed === -1 || seed > 100_000);
}

/** With cadence Deforum moves the picture that it drew over a second time, for the frames between; ours is moved once. */
function isSecondMove({ op }: TraceEvent, before: TraceEvent | undefined): boolean {
  return op === "warp" && before !== undefined && ["diffuse", "color_match"].includes(before.op);
}

/** The trace's events and ours, as far as they can be compared. */
function comparable(name: string, run: PlannedRun): { expected: string[]; found: string[] } {
  const leftOut = new Set(LEFT_OUT[name]);
  const theirs = readTrace(name)
    .events.flatMap((event) => ("color_correction" in event ? [event, { op: "color_match" }] : [event]))
    .map((event) => ({ ...event, op: RENAMED[event.op] ?? event.op }))
    .filter((event, i, all) => !leftOut.has(event.op) && !isSecondMove(event, all[i - 1]));
  const ours = doneBy(run).filter(({ op }) => !leftOut.has(op));
  const expected = theirs.map((event) => lineOf(event, isDrawnSeed(event.seed)));
  const found = ours.map((event, i) => lineOf(event, isDrawnSeed(theirs[i]?.seed)));
  return { expected, found };
}

/** One space between words, and numbers without regard to how they are written. */
function words(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll("( ", "(")
    .replaceAll(" )", ")")
    .replaceAll(/\d+(?:\.\d+)?(?:e[-+]?\d+)?/g, (number) => Number(number).toFixed(9))
    .trim();
}

function expectDrawing(frame: FramePlan, event: TracedDrawing, run: PlannedRun): void {
  if (!isDrawnSeed(event.seed)) expect(frame.seed).toBe(event.seed);
  expect(frame.seed).toBeGreaterThanOrEqual(0);
  expect(words(frame.prompts[0]!.text)).toBe(words(event.prompt));
  expect(words(frame.negativePrompt)).toBe(words(event.negative));
  expect([frame.steps, samplerLabel(frame.sampler)]).toEqual([event.steps, event.sampler]);
  expect(frame.guidance_scale).toBeCloseTo(event.cfg, 12);
  if (event.kind === "img2img") expect(1 - frame.strength).toBeCloseTo(event.denoising_strength, 12);
  if (event.subseed !== undefined && event.subseed_strength! > 0) {
    expect(frame.subseed).toBe(event.subseed);
    expect(frame.subseed_strength).toBeCloseTo(event.subseed_strength!, 12);
  }
  if (event.CLIP_stop_at_last_layers !== undefined && event.initial_noise_multiplier !== undefined) {
    expect(frame.clip_skip + 1).toBe(event.CLIP_stop_at_last_layers);
    expect(frame.noise.multiplier).toBeCloseTo(event.initial_noise_multiplier, 12);
    expect(frame.sampling.ddim_eta).toBeCloseTo(event.eta_ddim!, 12);
    expect(frame.sampling.ancestral_eta).toBeCloseTo(event.eta_ancestral!, 12);
  }
  if (event.mask !== undefined) expect(run.mask !== null).toBe(event.mask || run.settings.mask.invert);
}

/** Of our run of a trace. */
async function picturesOf(name: string): Promise<ByteImage[]> {
  vi.clearAllMocks();
  await render(await openTraced(settingsOf(readTrace(name))));
  return saved.mock.calls.map(([{ image }]) => image);
}

describe("Deforum's traced loops", () => {
  beforeEach(() => vi.clearAllMocks());

  it("are all compared: 57 of 57, and each deviation has its reason", () => {
    expect(TRACE_NAMES).toHaveLength(57);
    expect(TRACE_NAMES).toEqual(expect.arrayContaining([...LOOP_DEVIATIONS.keys(), ...APART, ...GOES_ON]));
  });

  it.each(COMPARED)("%s does the same in the same order", async (name) => {
    const trace = readTrace(name);
    const run = await openTraced(settingsOf(trace));
    await render(run);
    const { expected, found } = comparable(name, run);
    // With cadence the last block is written; ours go on where Deforum ends with an error.
    const isLonger = run.settings.cadence > 1 || GOES_ON.has(name);
    expect(found.slice(0, isLonger ? expected.length : undefined)).toEqual(expected);
    expect(saved).toHaveBeenCalledTimes(run.settings.frames);
    const drawings = drawingsOf(trace);
    expect(drawn.mock.calls.length).toBeGreaterThanOrEqual(drawings.length);
    for (const [i, event] of drawings.entries()) expectDrawing(drawn.mock.calls[i]![1], event, run);
    const models = drawn.mock.calls.map(([, { model }]) => model);
    const checkpoints = trace.checkpoints_loaded?.map((file) => file.split(".")[0]);
    expect(models).toEqual(checkpoints ?? models.map(() => undefined));
  });

  it.each(COMPARED.filter((name) => settingsOf(readTrace(name)).cadence > 1))(
    "%s writes as many frames as Deforum when the last block is left out",
    async (name) => {
      const trace = readTrace(name);
      const run = await openTraced({ ...settingsOf(trace), last_block: "omit" });
      expect(run.plan.map(({ frame }) => writtenName(frame))).toEqual(trace.frames_written);
    },
  );

  it("sampler_bad ends before the first frame, with the place of the name", () => {
    const text = JSON.stringify(fieldsOf(readTrace("sampler_bad")), null, 4);
    const before = text.slice(0, text.indexOf(String.raw`0:(\"Nope`)).split("\n");
    let problems: SettingsError["problems"] = [];
    try {
      importText(text);
    } catch (error) {
      if (error instanceof SettingsError) ({ problems } = error);
    }
    expect(problems).toMatchObject([
      { location: `settings.txt:${before.length}:${before.at(-1)!.length + 1}`, path: "sampler" },
    ]);
    expect(problems[0]!.message).toContain('found "Nope"');
  });

  it("prompts_max_f_key has its key in the middle of the frames up to the last", async () => {
    const run = await openTraced(settingsOf(readTrace("prompts_max_f_key")));
    expect(run.plan.map(({ prompts }) => prompts[0]!.text)).toEqual(["a", "b", "b"]);
  });

  it.each([
    { name: "hybrid_farneback", within: 0.01 },
    // Less than half a pixel, where DIS finds nothing but differences of colors.
    { name: "flow_redo", within: 0.5 },
  ])("$name finds flows as long as Deforum's, to $within pixels", async ({ name, within }) => {
    await render(await openTraced(settingsOf(readTrace(name))));
    const { events } = readTrace(name);
    const lengths = vi.mocked(applyFlow).mock.calls.map(([, flow]) => Math.max(...flow.map(Math.abs)));
    const expected = events.flatMap(({ max_abs }) => (max_abs === undefined ? [] : [max_abs]));
    expect(expected.length).toBeGreaterThan(0);
    for (const [i, length] of expected.entries()) expect(Math.abs(lengths[i]! - length)).toBeLessThan(within);
  });

  it("hybrid_farneback follows the video to its end, as hybrid_flow does by another method", async () => {
    const farneback = await picturesOf("hybrid_farneback");
    const dis = await picturesOf("hybrid_flow");
    const still = await picturesOf("2d_c1");
    expect(farneback).toHaveLength(10);
    for (const [i, picture] of farneback.entries())
      expect(differences(picture, dis[i]!).mean).toBeLessThan(0.6);
    for (const i of [2, 3, 4]) expect(differences(farneback[i]!, still[i]!).mean).toBeGreaterThan(1);
  });
});
