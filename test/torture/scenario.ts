/** What is rendered under torture: every mode of rendering, at sizes that take seconds. */

import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TINY_MODEL } from "../run-animate.ts";
import { makeVideo } from "../support/make-video.ts";

export interface Scenario {
  readonly name: string;
  /** YAML beside the common part, one document per schedule; the files are a.yaml, b.yaml. */
  readonly schedules: readonly string[];
  /** Of each schedule. */
  readonly frames: number;
  /** Frames from one that is drawn to the next, of which the last block may be moved again when a render goes on. */
  readonly cadence: number;
  readonly flags?: readonly string[];
  /** Whether there is a clip.mp4 beside the schedules. */
  readonly hasVideo?: boolean;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "2D", schedules: ["mode: 2d\nthumbnails: { count: 2 }"], frames: 14, cadence: 1 },
  { name: "3D", schedules: ["mode: 3d"], frames: 12, cadence: 1 },
  { name: "3D with cadence 3", schedules: ["mode: 3d\ncadence: 3"], frames: 21, cadence: 3 },
  { name: "interpolation", schedules: ["mode: interpolation"], frames: 12, cadence: 1 },
  {
    name: "hybrid",
    schedules: ["mode: 2d\nhybrid: { video: clip.mp4, motion: affine, composite: normal }"],
    frames: 12,
    cadence: 1,
    hasVideo: true,
  },
  {
    name: "shots in two processes",
    schedules: ["mode: 2d\nshots: [4, 8]"],
    frames: 12,
    cadence: 1,
    flags: ["--jobs", "2"],
  },
  { name: "reverse", schedules: ["mode: 2d\nreverse: true"], frames: 12, cadence: 1 },
  {
    name: "a batch of two schedules",
    schedules: ["mode: 2d", "mode: 3d\nseed: 8"],
    frames: 7,
    cadence: 1,
  },
];

/** Where the schedules of a scenario go when they are rendered in a folder, in this order. */
export function runFolders({ schedules }: Scenario): string[] {
  return schedules.map((_, i) => `renders/${scheduleName(i)}`);
}

/** The arguments that render a scenario in its folder. */
export function commandLine({ schedules, flags = [] }: Scenario): string[] {
  return ["--schedule", ...schedules.map((_, i) => `${scheduleName(i)}.yaml`), "--json", ...flags];
}

/**
 * A new folder with the schedules of a scenario, and with a home for what renders keep there. It stays until it is removed: after a failure it
 * is evidence.
 */
export async function scenarioFolder(scenario: Scenario): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "animate-torture-"));
  await mkdir(join(folder, "home"));
  if (scenario.hasVideo) await makeVideo(folder, [...CLIP, "clip.mp4"]);
  for (const [i, schedule] of scenario.schedules.entries()) {
    const own = new Set(schedule.split("\n").map((line) => line.split(":", 1)[0]));
    const common = COMMON.filter((line) => !own.has(line.split(":", 1)[0]));
    const lines = [...common, `frames: ${scenario.frames}`, schedule, ""];
    await writeFile(join(folder, `${scheduleName(i)}.yaml`), lines.join("\n"));
  }
  return folder;
}

/** Options of ffmpeg. */
const CLIP = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=2", "-threads", "1", "-bitexact"];

const COMMON = [
  `model: ${TINY_MODEL}`,
  "size: 64x64",
  "fps: 10",
  "seed: 7",
  "sampler: euler_a",
  "steps: 2",
  "threads: 1",
  "prompts: { 0: a hero, 3: a city at night }",
  'motion: { zoom: 1.01, translation_z: "0:(0), 5:(10)", rotation_3d_z: 1 }',
  "thumbnails: { count: 0 }",
];

function scheduleName(index: number): string {
  return "abcdefgh"[index]!;
}
