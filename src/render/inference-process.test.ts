import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { canFindChildren, inferenceProcessOf } from "../../test/support/inference-process.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { USUAL_PATIENCE } from "../processes/patience.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import type { RgbImage } from "../tensor/image.ts";
import type { InferenceSettings } from "./inference-messages.ts";
import { type Inference, type InferenceOptions, startInference } from "./inference-process.ts";
import { inferenceSettings } from "./prepare.ts";

const MODEL = fileURLToPath(new URL("../../test/fixtures/tiny-sd15", import.meta.url));

const { settings } = loadSettings({
  file: "flight.yaml",
  text: "size: 64x64\nframes: 3\nseed: 7\nsampler: euler_a\nsteps: 4\nstrength: 0.4\nprompts: { 0: a hero, 2: a (city:1.2) at night }\n",
});
const plan = planFrames(settings);
const NO_PARTS = { mask: null, holes: null };

function opening(changes: Partial<InferenceSettings> = {}): InferenceSettings {
  return {
    ...inferenceSettings(settings),
    models: [{ name: "tiny", file: MODEL }],
    depth: null,
    controlDepth: null,
    upscaler: null,
    words: null,
    loras: [],
    embeddings: [],
    controlnets: [],
    mask: null,
    ...changes,
  };
}

async function open(
  options: InferenceOptions = {},
  changes?: Partial<InferenceSettings>,
): Promise<Inference> {
  const inference = await startInference(opening(changes), options);
  onTestFinished(() => inference.close());
  return inference;
}

/** Three pictures, each drawn over the one before. */
async function drawAll(
  inference: Inference,
  onStep: (frame: number, step: number) => void = () => {},
  onFrame: (frame: number) => void | Promise<void> = () => {},
): Promise<RgbImage[]> {
  const images: RgbImage[] = [];
  for (const frame of plan) {
    const init = images.at(-1) ?? null;
    const { image } = await inference.paint(init, frame, undefined, NO_PARTS, (step) =>
      onStep(frame.frame, step),
    );
    images.push(image);
    await onFrame(frame.frame);
  }
  return images;
}

const kill = async (signal: NodeJS.Signals) => process.kill(await inferenceProcessOf(process.pid), signal);

describe.skipIf(!canFindChildren)(
  `an inference process${canFindChildren ? "" : " (skipped: children are looked up in /proc)"}`,
  () => {
    let undisturbed: RgbImage[];
    beforeAll(async () => {
      const inference = await startInference(opening());
      undisturbed = await drawAll(inference);
      await inference.close();
    }, 120_000);

    it("that is killed while it opens its networks is replaced", async () => {
      const warnings: string[] = [];
      const opened = open({ onRenewal: (message) => warnings.push(message) });
      await kill("SIGKILL");
      expect(await drawAll(await opened)).toEqual(undisturbed);
      expect(warnings).toEqual([
        "the inference process ended (signal SIGKILL) at the opening of the model; it is started anew, to try once more",
      ]);
    });

    it("gives the same pictures when it is killed while it paints, and between two frames", async () => {
      const warnings: string[] = [];
      const inference = await open({ onRenewal: (message) => warnings.push(message) });
      let killing: Promise<unknown> | undefined;
      const pictures = await drawAll(
        inference,
        (frame, step) => {
          if (frame === 1 && step === 1) killing ??= kill("SIGKILL");
        },
        async (frame) => void (frame === 1 && (await kill("SIGSEGV"))),
      );
      await killing;
      expect(pictures).toEqual(undisturbed);
      expect(warnings).toEqual([
        expect.stringContaining("(signal SIGKILL) at frame 1; "),
        expect.stringContaining("(signal SIGSEGV) at frame 2; "),
      ]);
      expect(inference.restarts).toBe(2);
    });

    it("that is stopped counts as hung, and gives the same pictures from another one", async () => {
      const warnings: string[] = [];
      const patience = { ...USUAL_PATIENCE, least: 1.5, firstIdle: 3 };
      const inference = await open({ patience, onRenewal: (message) => warnings.push(message) });
      const pictures = await drawAll(
        inference,
        undefined,
        async (frame) => void (frame === 0 && (await kill("SIGSTOP"))),
      );
      expect(pictures).toEqual(undisturbed);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^the inference process hung \(no sign of life for \d s\) at frame 1; it is started anew/,
        ),
      ]);
    });

    it("that dies twice under one frame fails with advice, and the next question finds another one", async () => {
      const inference = await open();
      const killing: Promise<unknown>[] = [];
      const drawing = inference.paint(null, plan[0]!, undefined, NO_PARTS, (step) => {
        if (step === 1) killing.push(kill("SIGKILL"));
      });
      await expect(drawing).rejects.toMatchObject({
        where: "frame 0",
        message: "the inference process ended (signal SIGKILL) before the picture was done, twice",
        hint: expect.stringContaining("--low-memory"),
      });
      expect(killing).toHaveLength(2);
      expect(await drawAll(inference)).toEqual(undisturbed);
    });

    it("that gets no memory from V8 says what to do", async () => {
      const { NODE_OPTIONS } = process.env;
      process.env["NODE_OPTIONS"] = "--max-old-space-size=12";
      const opened = open().finally(() => {
        if (NODE_OPTIONS === undefined) delete process.env["NODE_OPTIONS"];
        else process.env["NODE_OPTIONS"] = NODE_OPTIONS;
      });
      await expect(opened).rejects.toMatchObject({
        name: "InferenceEndedError",
        where: "the opening of the model",
        hint: expect.stringContaining("The system may have run out of memory."),
      });
    });

    it("that gets no memory from the system says what to do, and the next question is answered", async () => {
      const folder = await temporaryFolder();
      const limited = join(folder, "node");
      const { execPath } = process;
      await writeFile(limited, `#!/bin/sh\nulimit -d 800000\nexec ${execPath} "$@"\n`, { mode: 0o755 });
      process.execPath = limited;
      onTestFinished(() => void (process.execPath = execPath));
      // Each thread takes memory of its own.
      const inference = await open({}, { threads: 1 });
      const large = { width: 1536, height: 1536, data: new Float32Array(3 * 1536 * 1536) };
      const drawing = inference.paint(large, plan[1]!, undefined, NO_PARTS, () => {});
      await expect(drawing).rejects.toMatchObject({ hint: expect.stringContaining("--low-memory") });
      expect(await drawAll(inference)).toEqual(undisturbed);
    });
  },
);
