/** The ControlNets of a run on the parent's side: which files they are, and the picture of each frame. */

import { join, resolve } from "node:path";
import { type InputPictures, openInputPictures } from "../control/input-pictures.ts";
import { looksBack } from "../control/preprocess.ts";
import { findInLibrary } from "../models/library.ts";
import { readGraphWeights } from "../models/graph-weights.ts";
import { hashGraph } from "../models/model-hash.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { BUILT_IN_PREPROCESSORS } from "../settings/controlnet-schema.ts";
import type { Settings } from "../settings/schema.ts";
import { byPath, type Locate, placeOf } from "./locate.ts";
import type { ControlPicture, ControlSettings } from "./inference-messages.ts";

/** What all frames share of one ControlNet and what decides pixels; hashes of networks come from the inference process. */
export interface ControlFacts {
  /** Name, or sha256 of the file. */
  readonly preprocessor: string;
  /** `pictures` have a hash per frame. */
  readonly input: "previous" | "pictures";
  /** Not there when balanced: runs from before there were others keep their hashes. */
  readonly control_mode?: "prompt" | "control";
  /** What the numbers of the depth network mean, where the preprocessor asks one. */
  readonly depth_kind?: Settings["motion"]["depth"]["kind"];
}

export interface ControlInputs {
  /** For the inference process, one per ControlNet. */
  readonly networks: readonly ControlSettings[];
  readonly facts: readonly ControlFacts[];
  /**
   * sha256 of each picture that the frames use, per frame and ControlNet, null where none is; undefined for a run without ControlNets.
   * @throws RenderError when a frame needs a picture that is not there
   */
  hashes(plan: readonly FramePlan[]): Promise<readonly (readonly (string | null)[])[] | undefined>;
  /** The pictures of a frame, null where none is used; undefined for a run without ControlNets. */
  picturesAt(frame: FramePlan): Promise<readonly (ControlPicture | null)[] | undefined>;
}

/**
 * Finds the ControlNets of the settings and opens their inputs; the pictures of videos are extracted into the run folder.
 *
 * @throws ModelError, FileError or EncodeError that names what is missing
 */
export async function openControlInputs(
  settings: Settings,
  scheduleFolder: string,
  runFolder: string,
  locate: Locate = byPath,
): Promise<ControlInputs> {
  const units = await Promise.all(
    settings.controlnet.map(async (unit, index) => {
      const pictures = await openInputPictures({
        input: unit.input,
        baseFolder: scheduleFolder,
        cacheFolder: join(runFolder, "inputs", `controlnet-${index}`),
        size: settings.size,
        fps: settings.fps,
        frames: settings.frames,
        setting: placeOf(locate, ["controlnet", String(index), "input"]),
      });
      const isBuiltIn = (BUILT_IN_PREPROCESSORS as readonly string[]).includes(unit.preprocessor);
      const preprocessor = isBuiltIn ? unit.preprocessor : resolve(scheduleFolder, unit.preprocessor);
      return {
        pictures,
        network: {
          path: await findInLibrary("controlnet", unit.model, scheduleFolder),
          preprocessor,
          mode: unit.control_mode,
        },
        facts: {
          preprocessor: isBuiltIn
            ? preprocessor
            : await hashGraph(preprocessor, await readGraphWeights(preprocessor)),
          input: pictures === null ? "previous" : "pictures",
          ...(unit.control_mode !== "balanced" && { control_mode: unit.control_mode }),
          ...(preprocessor === "depth" && { depth_kind: settings.motion.depth.kind }),
        } satisfies ControlFacts,
      };
    }),
  );

  /** What `take` gives for each ControlNet that uses a picture of its own at the frame, with the frame whose picture it looks back to. */
  async function each<Result>(
    { frame, diffuse, controlnet = [] }: FramePlan,
    take: (pictures: InputPictures, frame: number, before: number | null) => Promise<Result>,
  ): Promise<(Result | null)[]> {
    return await Promise.all(
      units.map(async ({ pictures, network: { preprocessor } }, index) => {
        const isUsed = diffuse && controlnet[index]?.weight !== 0;
        const before = frame > 0 && looksBack(preprocessor) ? frame - 1 : null;
        return pictures !== null && isUsed ? await take(pictures, frame, before) : null;
      }),
    );
  }

  return {
    networks: units.map(({ network }) => network),
    facts: units.map(({ facts }) => facts),
    async hashes(plan) {
      if (units.length === 0) return undefined;
      const hashes: (string | null)[][] = [];
      for (const frame of plan) {
        hashes.push(await each(frame, hashOf));
      }
      return hashes;
    },
    async picturesAt(frame) {
      if (units.length === 0) return undefined;
      return await each(frame, read);
    },
  };
}

/** Of both pictures, where two are looked at. */
async function hashOf(pictures: InputPictures, frame: number, before: number | null): Promise<string> {
  const ofBefore = before === null ? "" : `${await pictures.hashAt(before)} `;
  return ofBefore + (await pictures.hashAt(frame));
}

async function read(pictures: InputPictures, frame: number, before: number | null): Promise<ControlPicture> {
  const earlier = before === null ? undefined : (await pictures.readAt(before)).data;
  const { data } = await pictures.readAt(frame);
  return earlier ? { data, before: earlier } : { data };
}
