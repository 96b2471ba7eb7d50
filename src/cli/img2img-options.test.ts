import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseImg2img } from "../../test/support/img2img-flags.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";

describe("the flags of img2img", () => {
  it("leave settings as they are for single pictures, with the caption as the prompt", async () => {
    const { settings, out, part, output, givesStrength } = await parseImg2img(["/photos"]);
    expect(settings.prompts).toEqual({ 0: "{caption}" });
    expect(settings.noise.multiplier).toBe(1);
    expect(out).toMatch(/renders\/photos-img2img$/);
    expect([part, givesStrength]).toEqual([null, false]);
    expect(output).toEqual({
      format: "png",
      quality: 92,
      size: "own",
      keepsAlpha: true,
      matte: [255, 255, 255],
    });
  });

  it("stand above those of the settings file", async () => {
    const file = join(await temporaryFolder(), "base.yaml");
    await writeFile(file, "prompts: a hero\nstrength: 0.3\nsteps: 12\nloras: [{ name: ink }]\n");
    const given = await parseImg2img([
      "/photos",
      "-s",
      file,
      "--steps",
      "30",
      "--lora",
      "a:b:0.5",
      "--lora",
      "ink",
    ]);
    expect(given.settings).toMatchObject({
      prompts: { 0: "a hero" },
      strength: 0.3,
      steps: 30,
      loras: [
        { name: "a:b", weight: 0.5 },
        { name: "ink", weight: 1 },
      ],
    });
    expect(given.givesStrength).toBe(true);
  });

  it("leave the prompts of a settings file that begins with a byte order mark", async () => {
    const file = join(await temporaryFolder(), "base.yaml");
    await writeFile(file, "\ufeffprompts: a hero\nstrength: 0.3\n");
    const given = await parseImg2img(["/photos", "-s", file]);
    expect(given.settings).toMatchObject({ prompts: { 0: "a hero" }, strength: 0.3 });
    expect(given.givesStrength).toBe(true);
  });

  it("draw a new background from nothing, around a subject that has soft borders of its own", async () => {
    const { settings, part, output } = await parseImg2img(["/photos", "--background", "a beach"]);
    expect(settings).toMatchObject({ prompts: { 0: "a beach" }, strength: 0, mask: { fill: "nothing" } });
    expect(part).toEqual({ region: { kind: "alpha" }, keeps: true, blur: 0 });
    expect(output.keepsAlpha).toBe(false);
    const soft = await parseImg2img([
      "/photos",
      "--background",
      "a beach",
      "--subject",
      "<a cat>",
      "--feather",
      "2",
    ]);
    expect(soft.part).toMatchObject({ region: { kind: "expression", text: "<a cat>" }, blur: 2 });
  });

  it.each([
    [["--out", "/photos/."], "--out: expected another folder than that of the pictures"],
    [["--mask", "nowhere"], "--mask: expected `alpha`, a picture"],
    [["--mask", "<a cat"], "--mask: expected a mask or an operator"],
    [["--mask", "{video_mask}"], "--mask: expected words, {everywhere} or [pictures], found {video_mask}"],
    [["--subject", "alpha"], "--subject: expected --background with it"],
    [["--format", "jpg", "--alpha", "keep"], "--alpha: expected --format png or webp"],
    [["--matte", "red"], "--matte: expected a color such as #ffffff, found red"],
    [["--quality", "0"], "--quality: expected a whole number from 1 to 100, found 0"],
    [["--strength", "2"], "--strength: expected"],
    [["--lora", "ink:99"], "--lora"],
    [["--steps", "4", "--steps", "8"], "--steps: expected it once, found it several times"],
    [["--set", "mask.file=a.png"], "--settings: expected the mask of pictures as --mask"],
    [["--background", "x", "--prompt", "y"], "mutually exclusive"],
  ])("are refused when they say %j", async (args, message) => {
    await expect(parseImg2img(["/photos", ...args])).rejects.toThrow(message);
  });
});
