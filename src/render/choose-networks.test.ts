import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { findModel } from "../models/find-model.ts";
import { settingsSchema } from "../settings/schema.ts";
import { chooseNetworks } from "./choose-networks.ts";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/picture-networks/", import.meta.url));
const storybook = await findModel("storybook", ".");

async function choose(changes: object, model = storybook): Promise<(string | null)[]> {
  const settings = settingsSchema.parse({ prompts: "a cat", ...changes });
  const { depth, upscaler } = await chooseNetworks(settings, model, FIXTURES);
  return [depth, upscaler].map((path) => path && basename(path));
}

const SMALL_STILLS = { thumbnails: { width: 256, height: 144 } };

describe("choosing networks", () => {
  it("gives storybook its own depth for a 3D camera and its own upscaler, and nobody else's", async () => {
    expect(await choose({})).toEqual(["storybook-depth", "storybook-upscale"]);
    expect((await choose({ mode: "2d" }))[0]).toBeNull();
    expect((await choose({ motion: { depth: { model: "plane" } } }))[0]).toBeNull();
    expect(await choose({}, "/models/photo")).toEqual([null, null]);
  });

  it("takes networks of the model's name beside it, the upscaler for larger stills or videos", async () => {
    const folder = await mkdtemp(join(tmpdir(), "animate-companions-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const model = join(folder, "photo.safetensors");
    await cp(join(FIXTURES, "tiny-depth"), join(folder, "photo-depth"), { recursive: true });
    await cp(join(FIXTURES, "tiny-upscale"), join(folder, "photo-upscale"), { recursive: true });
    expect(await choose({}, model)).toEqual(["photo-depth", "photo-upscale"]);
    expect(await choose(SMALL_STILLS, model)).toEqual(["photo-depth", null]);
    expect(await choose({ thumbnails: { upscale: false } }, model)).toEqual(["photo-depth", null]);
    expect(await choose({ ...SMALL_STILLS, video: { upscale: 2 } }, model)).toEqual([
      "photo-depth",
      "photo-upscale",
    ]);
  });

  it("gives ControlNets depth in every mode, also beside a plane for the camera, and refuses where there is none", async () => {
    const controlnet = [
      { model: "any", preprocessor: "none" },
      { model: "any", preprocessor: "depth" },
    ];
    const choice = async (changes: object, model = storybook) =>
      await chooseNetworks(
        settingsSchema.parse({ prompts: "a cat", controlnet, ...changes }),
        model,
        FIXTURES,
      );
    for (const changes of [{ mode: "2d" }, { motion: { depth: { model: "plane" } } }]) {
      const { depth, controlDepth } = await choice(changes);
      expect(depth).toBeNull();
      expect(basename(controlDepth!.path)).toBe("storybook-depth");
    }
    const named = await choice({ motion: { depth: { model: "tiny-depth" } } });
    expect(named.controlDepth).toEqual({ path: named.depth, kind: "inverse" });
    expect((await choice({ controlnet: [] })).controlDepth).toBeNull();
    expect(await modelErrorOf(choice({}, "/models/photo"))).toContain(
      "controlnet.1.preprocessor: no depth network belongs to this model",
    );
  });

  it("refuses to enlarge a video without an upscaler", async () => {
    expect(await modelErrorOf(choose({ video: { upscale: 2 } }, "/models/photo"))).toContain(
      "video.upscale: no upscaler belongs to this model",
    );
  });

  it("takes names and paths, and refuses networks of another kind", async () => {
    expect(await choose({ motion: { depth: { model: "tiny-depth" } } }, "/models/photo")).toEqual([
      "tiny-depth",
      null,
    ]);
    expect(await modelErrorOf(choose({ motion: { depth: { model: "midas" } } }))).toContain(
      "Embedded: storybook-depth.",
    );
    expect(await modelErrorOf(choose({ motion: { depth: { model: "./tiny-upscale" } } }))).toContain(
      "this is no depth network",
    );
    expect(await modelErrorOf(choose({ video: { upscaler: "esrgan" } }))).toContain(
      "there is no such upscaler",
    );
  });
});
