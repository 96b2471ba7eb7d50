import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { findInLibrary, listLibrary } from "./library.ts";
import { libraryRoot, type LibraryEnvironment, type LibraryKind } from "./library-places.ts";

const FILES = [
  // Beside the schedule.
  "show/hero.safetensors",
  "show/models/beside.safetensors",
  "show/models/twice.safetensors",
  // The library.
  "library/models/twice.safetensors",
  "library/models/Realistic Vision v5.1.safetensors",
  "library/models/old.ckpt",
  "library/models/both.ckpt",
  "library/models/both.safetensors",
  "library/models/.half.safetensors",
  "library/models/notes.txt",
  "library/models/sd15/model_index.json",
  "library/models/sd15/unet/diffusion_pytorch_model.safetensors",
  "library/models/family/a/inside.safetensors",
  "library/models/depth-net/config.json",
  "library/models/depth-net/model.safetensors",
  "library/loras/anime/style.safetensors",
  "library/loras/comic/style.safetensors",
  "library/loras/trained/pytorch_lora_weights.safetensors",
  "library/embeddings/easynegative.safetensors",
  "library/embeddings/badhands.pt",
  "library/controlnet/canny/config.json",
  "library/vae/mse/config.json",
  "library/vae/kl-f8.safetensors",
  "library/networks/raft.onnx",
  "library/networks/depth/anything.onnx",
  "library/networks/notes.safetensors",
  // A1111's tree, seen from its root.
  "webui/models/Stable-diffusion/dreamy.safetensors",
  "webui/models/Stable-diffusion/sdxl/dreamyXL.safetensors",
  "webui/models/Lora/detail.safetensors",
  "webui/models/VAE/kl-f8-anime.safetensors",
  "webui/models/ControlNet/control_canny.safetensors",
  "webui/models/ESRGAN/upscaler.safetensors",
  "webui/embeddings/verybad.safetensors",
  "webui/extensions/sd-webui-controlnet/models/control_depth.safetensors",
  // ComfyUI's, seen from its `models`.
  "comfy/models/checkpoints/flat.safetensors",
  "comfy/models/loras/sub/ink.safetensors",
  "comfy/models/vae/baked.safetensors",
  "comfy/models/vae_approx/taesd.safetensors",
  "comfy/models/controlnet/tile.safetensors",
  "comfy/models/embeddings/ng.safetensors",
  // A folder full of checkpoints.
  "flat/lonely.safetensors",
];

let root: string;
let environment: LibraryEnvironment;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "animate-library-")));
  for (const file of FILES) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), "");
  }
  await symlink(join(root, "library/models"), join(root, "library/models/ring"));
  environment = {
    ANIMATE_LIBRARY: join(root, "library"),
    ANIMATE_MODELS: [join(root, "webui"), join(root, "comfy/models"), join(root, "flat")].join(delimiter),
  };
});
afterAll(async () => await rm(root, { recursive: true }));

const find = (kind: LibraryKind, name: string) => findInLibrary(kind, name, join(root, "show"), environment);
const failure = (kind: LibraryKind, name: string) => modelErrorOf(find(kind, name));

describe("finding by name", () => {
  it.each<[LibraryKind, string, string]>([
    ["model", "hero.safetensors", "show/hero.safetensors"],
    ["model", "./hero.safetensors", "show/hero.safetensors"],
    ["model", "beside", "show/models/beside.safetensors"],
    ["model", "twice", "show/models/twice.safetensors"],
    ["model", "Realistic Vision v5.1", "library/models/Realistic Vision v5.1.safetensors"],
    ["model", "realistic vision V5.1.safetensors", "library/models/Realistic Vision v5.1.safetensors"],
    ["model", "both", "library/models/both.safetensors"],
    ["model", "sd15", "library/models/sd15"],
    ["model", "inside", "library/models/family/a/inside.safetensors"],
    ["model", "family/a/inside", "library/models/family/a/inside.safetensors"],
    ["model", "dreamyXL", "webui/models/Stable-diffusion/sdxl/dreamyXL.safetensors"],
    ["model", "sdxl\\dreamyXL.safetensors", "webui/models/Stable-diffusion/sdxl/dreamyXL.safetensors"],
    ["model", "flat", "comfy/models/checkpoints/flat.safetensors"],
    ["model", "lonely", "flat/lonely.safetensors"],
    ["lora", "comic/style", "library/loras/comic/style.safetensors"],
    ["lora", "trained", "library/loras/trained/pytorch_lora_weights.safetensors"],
    ["lora", "detail", "webui/models/Lora/detail.safetensors"],
    ["lora", "ink", "comfy/models/loras/sub/ink.safetensors"],
    ["embedding", "EasyNegative", "library/embeddings/easynegative.safetensors"],
    ["embedding", "verybad", "webui/embeddings/verybad.safetensors"],
    ["embedding", "ng", "comfy/models/embeddings/ng.safetensors"],
    ["controlnet", "canny", "library/controlnet/canny"],
    ["controlnet", "control_canny", "webui/models/ControlNet/control_canny.safetensors"],
    ["controlnet", "control_depth", "webui/extensions/sd-webui-controlnet/models/control_depth.safetensors"],
    ["controlnet", "tile", "comfy/models/controlnet/tile.safetensors"],
    ["vae", "mse", "library/vae/mse"],
    ["vae", "kl-f8", "library/vae/kl-f8.safetensors"],
    ["vae", "kl-f8-anime", "webui/models/VAE/kl-f8-anime.safetensors"],
    ["network", "raft.onnx", "library/networks/raft.onnx"],
    ["network", "anything", "library/networks/depth/anything.onnx"],
    ["vae", "taesd", "comfy/models/vae_approx/taesd.safetensors"],
  ])("takes the %s `%s` from %s", async (kind, name, path) => {
    expect(await find(kind, name)).toBe(join(root, path));
  });

  it("keeps the kinds apart", async () => {
    expect(await failure("model", "detail")).toContain("there is no such model");
    expect(await failure("model", "upscaler")).toContain("there is no such model");
    expect(await failure("network", "notes")).toContain("there is no such network");
    expect(await failure("network", "notes")).toContain("There are: anything, raft. Put an .onnx file into");
    expect(await failure("lora", "dreamy")).toContain("there is no such LoRA");
    expect(await failure("model", "diffusion_pytorch_model")).toContain("there is no such model");
    expect(await failure("model", "depth-net/model")).toContain("there is no such model");
  });

  it("never takes half a download", async () => {
    expect(await failure("model", ".half")).toContain("there is no such model");
  });

  it("asks which one is meant when one place has two of a name", async () => {
    const error = await failure("lora", "style");
    expect(error).toContain("style: the name stands for 2 files");
    expect(error).toContain(join(root, "library/loras/anime/style.safetensors"));
    expect(error).toContain(join(root, "library/loras/comic/style.safetensors"));
  });

  it("refuses a pickle with the reason, unless the safe version is there", async () => {
    expect(await failure("model", "old")).toContain("`old.ckpt` is a Python pickle");
    expect(await failure("embedding", "badhands")).toContain("`badhands.pt` is a Python pickle");
    expect(await failure("lora", "absent.pt")).toContain("never loaded");
  });

  it("names what there is, and what was probably meant", async () => {
    const error = await failure("embedding", "easynegatve");
    expect(error).toContain("easynegatve: there is no such embedding");
    expect(error).toContain("Did you mean easynegative? There are: emerald, easynegative, verybad, ng.");
    expect(error).toContain(join(root, "library/embeddings"));
    expect(error).not.toContain("badhands");
  });

  it("takes a path as it is: no name of the library stands in for it", async () => {
    expect(await failure("model", "./inside")).toContain("there is no such model");
    expect(await failure("model", join(root, "inside"))).toContain("there is no such model");
  });

  it("cannot be led out of its folders by a name", async () => {
    expect(await failure("lora", "anime/../../vae/kl-f8")).toContain("there is no such LoRA");
  });
});

describe("listing", () => {
  it("gives each file once, though links lead to it again", async () => {
    const entries = await listLibrary("model", join(root, "show"), environment);
    const names = entries
      .filter(({ place }) => place !== "embedded")
      .map(({ name, place }) => `${place}: ${name}`);
    expect(names).toEqual([
      "schedule: beside",
      "schedule: twice",
      "library: Realistic Vision v5.1",
      "library: both",
      "library: inside",
      "library: old",
      "library: sd15",
      "library: twice",
      "ANIMATE_MODELS: dreamy",
      "ANIMATE_MODELS: dreamyXL",
      "ANIMATE_MODELS: flat",
      "ANIMATE_MODELS: lonely",
    ]);
  });

  it("is empty where there is no folder", async () => {
    const nowhere = { ANIMATE_LIBRARY: join(root, "nowhere"), ANIMATE_MODELS: join(root, "nowhere") };
    const places = (await listLibrary("vae", join(root, "nowhere"), nowhere)).map(({ place }) => place);
    expect(places.filter((place) => place !== "embedded" && place !== "working folder")).toEqual([]);
  });
});

describe("the library's folder", () => {
  it("is ANIMATE_LIBRARY, or a folder in the user's home", () => {
    expect(libraryRoot({ ANIMATE_LIBRARY: root })).toBe(root);
    expect(libraryRoot({})).toBe(join(homedir(), ".animate"));
    expect(libraryRoot({ ANIMATE_LIBRARY: "" })).toBe(join(homedir(), ".animate"));
  });
});
