import { describe, expect, it } from "vitest";
import {
  levelDifference,
  readGolden,
  readGoldenFloats,
  readGoldenImage,
  readGoldenPicture,
} from "../../test/support/deforum-fixtures.ts";
import { warpImage } from "../motion/warp.ts";
import { worldDepth } from "../motion/depth.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadSettings } from "../settings/load.ts";
import { feedbackOptions } from "./feedback-options.ts";

interface Golden {
  readonly id: string;
  readonly params: Readonly<Record<string, number>>;
  readonly anim: {
    readonly depth_algorithm: string;
    readonly padding_mode: string;
    readonly sampling_mode: string;
  };
  readonly depth: string | null;
  readonly output: string;
}

const PADDINGS = ["border", "reflection", "zeros"];
const SAMPLINGS = ["bicubic", "bilinear", "nearest"];
const { cases } = readGolden<{ cases: Golden[] }>("warp3d/warp3d.json");
/** Those whose camera is all that the settings have to say besides. */
const plain = cases.filter(
  ({ anim, depth, params }) =>
    anim.depth_algorithm.startsWith("Midas-3") &&
    depth !== null &&
    !depth.startsWith("constant") &&
    (params["aspect_ratio"] ?? 1) === 1,
);
const moved = plain.filter(
  ({ anim, id }) =>
    id.startsWith("move") || anim.padding_mode !== "border" || anim.sampling_mode !== "bicubic",
);

describe("from settings to pixels, a 3D move", () => {
  it("has golden moves with every padding and every sampling", () => {
    expect(new Set(moved.map(({ anim }) => anim.padding_mode))).toEqual(new Set(PADDINGS));
    expect(new Set(moved.map(({ anim }) => anim.sampling_mode))).toEqual(new Set(SAMPLINGS));
  });

  it.each(moved)("is Deforum's $id with $anim.padding_mode and $anim.sampling_mode", async (golden) => {
    const motion = {
      padding: golden.anim.padding_mode,
      sampling: golden.anim.sampling_mode,
      ...Object.fromEntries(
        Object.entries(golden.params).filter(([name]) => /^(translation|rotation_3d)_|^fov$/.test(name)),
      ),
    };
    const text = JSON.stringify({
      prompts: "x",
      frames: 1,
      seed: 1,
      mode: "3d",
      deforum_exact: true,
      motion,
    });
    const { settings } = loadSettings({ file: "a.yaml", text });
    const [frame] = planFrames(settings);
    const warped = warpImage(await readGoldenImage("warp3d/input.png"), frame!.motion, {
      ...feedbackOptions(settings),
      depth: worldDepth(
        readGoldenFloats("warp3d/depth_96x64_f32le.bin"),
        settings.motion.depth.kind,
        settings.motion.depth,
      ),
    });
    expect(levelDifference(warped, await readGoldenPicture(`warp3d/${golden.output}`)).max).toBeLessThan(
      1.01,
    );
  });
});
