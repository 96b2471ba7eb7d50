// Runs traced in deforum-art/sd-webui-deforum 32242685, its model replaced by a stand-in: what each drawing was asked for.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { importFields, notesOf } from "../../test/support/interchange.ts";
import { planFrames } from "../schedule/plan.ts";
import { startsFromPicture } from "../schedule/starts-from-picture.ts";
import { samplerLabel } from "../settings/sampler-names.ts";
import type { Settings } from "../settings/schema.ts";

const FIXTURES = "test/fixtures/deforum/loop/";

interface Drawing {
  readonly op: string;
  readonly kind: "txt2img" | "img2img";
  readonly seed: number;
  readonly prompt: string;
  readonly negative: string;
  readonly steps: number;
  readonly cfg: number;
  readonly sampler: string;
  readonly denoising_strength: number;
  readonly subseed?: number;
  readonly subseed_strength?: number;
  readonly CLIP_stop_at_last_layers?: number;
  readonly initial_noise_multiplier?: number;
  readonly eta_ddim?: number;
  readonly eta_ancestral?: number;
}

interface Trace {
  readonly args: object;
  readonly anim: { readonly hybrid_composite?: string; readonly hybrid_motion?: string };
  readonly loop?: object;
  readonly prompts: Readonly<Record<string, string>>;
  readonly events: readonly Drawing[];
}

/** Not compared, and why. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  ["flow_redo", "draws more often than a plan has frames; see the test of the loop with flow"],
  ["diffusion_redo2", "draws more often than a plan has frames; see the test of the loop with flow"],
  ["resume_c1_4", "Deforum begins again with the first seed; runs here go on with the same bytes"],
  ["resume_c2_5", "Deforum begins again with the first seed; runs here go on with the same bytes"],
  ["resume_c2_6", "Deforum begins again with the first seed; runs here go on with the same bytes"],
  ["motion_preview", "draws nothing; animate preview shows moves without a model"],
  ["hybrid_farneback", "ends with an error after two frames in Deforum"],
  ["sampler_bad", "ends with an error in Deforum, see below"],
  ["prompts_max_f_key", "is refused in Deforum and understood here, see below"],
]);
/** Deforum draws them from Python's generator; ours come from the run's seed. */
const DRAWN_SEEDS = new Set(["seed_schedule", "seed_schedule_default", "guided"]);

const names = readdirSync(FIXTURES)
  .filter((file) => file.endsWith(".json") && file !== "guided_images.json")
  .map((file) => file.slice(0, -".json".length));

function readTrace(name: string): Trace {
  return JSON.parse(readFileSync(`${FIXTURES}${name}.json`, "utf8")) as Trace;
}

/** The run as a settings file: the traces' own values stand in for what they leave out. */
function settingsOf({ args, anim, loop, prompts }: Trace): Settings {
  const isHybrid = [anim.hybrid_composite, anim.hybrid_motion].some((word) => word && word !== "None");
  const fields = {
    W: 64,
    H: 64,
    seed: 1000,
    steps: 20,
    sampler: "Euler a",
    init_image: "init.png",
    video_init_path: "video.mp4",
    legacy_colormatch: false,
    ...args,
    ...anim,
    ...loop,
    // Deforum takes the number of the video's frames.
    ...(isHybrid && { max_frames: 10 }),
    prompts,
  };
  return importFields(fields).loaded.settings;
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

describe("Deforum's traced runs", () => {
  it("are all there", () => {
    expect(names).toHaveLength(57);
    for (const name of OTHERWISE.keys()) expect(names).toContain(name);
  });

  it.each(names.filter((name) => !OTHERWISE.has(name)))(
    "%s asks for the same drawings after its import",
    (name) => {
      const trace = readTrace(name);
      const settings = settingsOf(trace);
      const events = trace.events.filter(({ op }) => op === "diffuse");
      // Deforum draws the first frame of the block that it never writes.
      const planned = planFrames({ ...settings, deforum_exact: settings.cadence === 1 }).filter(
        ({ diffuse }) => diffuse,
      );
      expect(events.length).toBeGreaterThan(0);
      expect(planned.length).toBeGreaterThanOrEqual(events.length);
      for (const [i, event] of events.entries()) {
        const frame = planned[i]!;
        const at = `drawing ${i}`;
        if (!DRAWN_SEEDS.has(name)) expect(frame.seed, at).toBe(event.seed);
        expect(words(frame.prompts[0]!.text), at).toBe(words(event.prompt));
        expect(words(frame.negativePrompt), at).toBe(words(event.negative));
        expect([frame.steps, samplerLabel(frame.sampler)], at).toEqual([event.steps, event.sampler]);
        expect(frame.guidance_scale, at).toBeCloseTo(event.cfg, 12);
        expect(i > 0 || startsFromPicture(settings) || settings.mode === "video", at).toBe(
          event.kind === "img2img" || (settings.mode === "interpolation" && i > 0),
        );
        if (event.kind === "img2img")
          expect(1 - frame.strength, at).toBeCloseTo(event.denoising_strength, 12);
        if (event.subseed !== undefined && event.subseed_strength! > 0) {
          expect(frame.subseed, at).toBe(event.subseed);
          expect(frame.subseed_strength, at).toBeCloseTo(event.subseed_strength!, 12);
        }
        if (name !== "schedules") continue;
        expect(frame.clip_skip + 1, at).toBe(event.CLIP_stop_at_last_layers);
        expect(frame.noise.multiplier, at).toBeCloseTo(event.initial_noise_multiplier!, 12);
        expect(frame.sampling.ddim_eta, at).toBeCloseTo(event.eta_ddim!, 12);
        expect(frame.sampling.ancestral_eta, at).toBeCloseTo(event.eta_ancestral!, 12);
      }
    },
  );

  it("sampler_bad ends Deforum; here the plain sampler stands in, with a note", () => {
    const { args, anim, prompts } = readTrace("sampler_bad");
    const imported = importFields({ ...args, ...anim, prompts });
    expect(imported.loaded.settings.sampler).toBe("euler_a");
    const { sampler_schedule: note } = notesOf(imported, "changed");
    expect(note).toBe(String.raw`"0:(\"Nope\")": there is no such sampler here; euler_a takes its place`);
  });

  it("prompts_max_f_key has its key at a frame counted from the last", () => {
    const settings = settingsOf(readTrace("prompts_max_f_key"));
    const keys = planFrames(settings).map(({ promptKey }) => promptKey);
    expect(new Set(keys).size).toBeGreaterThan(1);
  });
});
