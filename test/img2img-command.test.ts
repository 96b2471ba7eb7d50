/** `animate img2img` as a user runs it, on folders of pictures that are not all as they should be. */

import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readFloats, readSafetensors } from "../src/models/safetensors.ts";
import type { FolderReport } from "../src/picture-folder/folder-events.ts";
import { paintFolder } from "../src/picture-folder/paint-folder.ts";
import { type PngText, readPngText } from "../src/tensor/png-text.ts";
import sharp from "../src/tensor/sharp.ts";
import { runAnimate, startAnimate, temporaryFolder, TINY_MODEL } from "./run-animate.ts";
import { canFindChildren, inferenceProcessOf } from "./support/inference-process.ts";
import { parseImg2img } from "./support/img2img-flags.ts";
import { interrupt } from "./support/interrupt.ts";
import { writeWidened } from "./support/widened-model.ts";

const QUICK = [
  "--model",
  TINY_MODEL,
  "--size",
  "64x64",
  "--steps",
  "4",
  "--seed",
  "7",
  "--device",
  "cpu",
  "--threads",
  "1",
];

/** A drawing with a gradient, so that no two pixels in a row are alike; `alpha` makes its right half transparent. */
function drawing(width: number, height: number, alpha = false) {
  const channels = alpha ? 4 : 3;
  const data = Uint8Array.from({ length: channels * width * height }, (_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return i % channels === 3
      ? x < width / 2
        ? 255
        : 0
      : Math.round((255 * (x + y * ((i % channels) + 1))) / (width + 3 * height));
  });
  return sharp(data, { raw: { width, height, channels } });
}

async function write(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

function chunk(type: string, body: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type, "latin1"), body, Buffer.alloc(4)]);
  bytes.writeUInt32BE(body.length, 0);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
  return bytes;
}

/** A few hundred bytes that claim to be 256 megapixels. */
function bomb(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(16_000, 0);
  header.writeUInt32BE(16_000, 4);
  header.set([8, 0], 8);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const data = chunk("IDAT", deflateSync(Buffer.alloc(1000)));
  return Buffer.concat([signature, chunk("IHDR", header), data, chunk("IEND", Buffer.alloc(0))]);
}

/** The same in this process, which saves the start of another; names of folders are taken from `folder`. */
async function draw(folder: string, [pictures, ...args]: readonly string[]): Promise<FolderReport> {
  const out = args.indexOf("--out") + 1;
  const absolute = args.map((arg, i) => (i === out ? join(folder, arg) : arg));
  const request = await parseImg2img([join(folder, pictures!), ...absolute]);
  return await paintFolder({ ...request, stop: new AbortController().signal, onEvent: () => {} });
}

function fixture(path: string): string {
  return fileURLToPath(new URL(`fixtures/${path}`, import.meta.url));
}

interface FolderManifest {
  readonly status: string;
  readonly settings: { readonly seed: number };
  readonly pictures: readonly {
    picture: string;
    output: string;
    seed: number;
    prompt: string;
    sha256: string;
  }[];
  readonly failed: readonly { picture: string; message: string; hint?: string }[];
}

async function manifestOf(folder: string): Promise<FolderManifest> {
  return JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as FolderManifest;
}

describe("`animate img2img`", () => {
  it("draws over every picture of a folder and names those that it cannot, in the order of the folder; a second run makes none again", async () => {
    const folder = await temporaryFolder();
    const odd = "sub/-100% new\nline.webp";
    await write(join(folder, "pics/cut 10.png"), await drawing(60, 40, true).png().toBuffer());
    await write(join(folder, "pics/cut 9.png"), await drawing(30, 50).png().toBuffer());
    await write(
      join(folder, "pics/cut 9.jpg"),
      await drawing(50, 30).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    );
    await write(join(folder, "pics", odd), await drawing(40, 40).webp().toBuffer());
    await write(join(folder, "pics/empty.png"), "");
    await write(join(folder, "pics/bomb.png"), bomb());
    await write(join(folder, "pics/long.png"), await drawing(40, 40).png().toBuffer());
    await write(join(folder, "pics/long.txt"), "a ".repeat(500_000));
    await write(join(folder, "outside.png"), await drawing(8, 8).png().toBuffer());
    await symlink("../outside.png", join(folder, "pics/link.png"));
    for (const name of ["cut 9", "cut 10", odd.replace(".webp", ""), "empty", "bomb"]) {
      await write(join(folder, "pics", `${name}.txt`), `a ${name.length} castle`);
    }
    const args = [
      "img2img",
      "pics",
      "--recursive",
      "--prompt",
      "{caption} at night",
      "--seed-per-picture",
      ...QUICK,
    ];

    const first = await runAnimate(folder, args);
    expect(first.exitCode, first.stderr).toBe(4);
    expect(first.stdout).toMatch(/^4 pictures made in /);
    expect(first.stderr).toContain("4 pictures failed:");
    expect(first.stderr).toContain(
      "  empty.png: expected a picture (PNG, JPEG, WEBP), found an empty file\n",
    );
    expect(first.stderr).toContain("  bomb.png: the picture has more than 67108864 pixels\n");
    expect(first.stderr).toMatch(
      / {2}long\.png: .*long\.txt: expected a caption of at most 16384 bytes, found more\n/,
    );
    expect(first.stderr).toContain("  link.png: this is a link that leads out of the folder\n");

    const out = join(folder, "renders/pics-img2img");
    const { status, pictures, failed } = await manifestOf(out);
    expect(status).toBe("complete");
    expect(pictures.map(({ picture, output }) => [picture, output])).toEqual([
      ["cut 9.jpg", "cut 9.jpg.png"],
      ["cut 9.png", "cut 9.png"],
      ["cut 10.png", "cut 10.png"],
      [odd, odd.replace(".webp", ".png")],
    ]);
    expect(failed).toHaveLength(4);
    expect(new Set(pictures.map(({ seed }) => seed)).size).toBe(4);
    const shapes = await Promise.all(
      pictures.map(async ({ output }) => await sharp(join(out, output)).metadata()),
    );
    // Upright as they are shown, and transparent where the picture is.
    expect(shapes.map(({ width, height, channels }) => [width, height, channels])).toEqual([
      [30, 50, 3],
      [30, 50, 3],
      [60, 40, 4],
      [40, 40, 3],
    ]);
    const texts = readPngText(await readFile(join(out, "cut 9.png")));
    expect(texts[0]!.text).toMatch(
      /^a 5 castle at night\nNegative prompt: \nSteps: 4, .*Size: 64x80.*Denoising strength: 0\.35/,
    );

    await write(join(folder, "pics/cut 10.txt"), "a dragon");
    const second = await runAnimate(folder, args);
    expect(second.stdout).toMatch(/^1 picture made in .*, 3 were there already/);
    const again = await manifestOf(out);
    expect(again.pictures[2]).toMatchObject({ prompt: "a dragon at night", seed: pictures[2]!.seed });
    expect(again.pictures[2]!.sha256).not.toBe(pictures[2]!.sha256);
    expect(again.pictures[1]).toEqual(pictures[1]);
  });

  it("goes on after a kill to the same files, and leaves no half ones", async () => {
    const folder = await temporaryFolder();
    for (let i = 0; i < 4; i++) {
      await write(
        join(folder, `pics/${i}.png`),
        await drawing(40 + 8 * i, 40)
          .png()
          .toBuffer(),
      );
    }
    const quick = QUICK.filter((arg) => arg !== "--seed" && arg !== "7");
    const args = [
      "img2img",
      "pics",
      "-p",
      "a city",
      ...quick,
      "--format",
      "webp",
      "--output-size",
      "working",
    ];
    await interrupt(folder, args, '"picture":"1.png","output"', "SIGKILL");
    const out = join(folder, "renders/pics-img2img");
    const { seed } = (await manifestOf(out)).settings;
    for (const name of (await readdir(out)).filter((each) => /^\d\.webp$/.test(each))) {
      await sharp(join(out, name)).stats();
    }

    const form = ["-p", "a city", ...quick, "--format", "webp", "--output-size", "working"];
    const goOn = ["pics", "--out", "renders/pics-img2img", ...form];
    const { made, reused } = await draw(folder, goOn);
    expect(made + reused).toBe(4);
    expect(reused).toBeGreaterThan(0);
    expect((await readdir(out)).toSorted()).toEqual([
      "0.webp",
      "1.webp",
      "2.webp",
      "3.webp",
      "journal.ndjson",
      "manifest.json",
    ]);

    await draw(folder, ["pics", "--out", "whole", ...form, "--seed", String(seed)]);
    const sums = async (path: string) => (await manifestOf(path)).pictures.map(({ sha256 }) => sha256);
    expect(await sums(out)).toEqual(await sums(join(folder, "whole")));
  });

  it.skipIf(!canFindChildren)(
    "tries a picture once more when the inference process dies under it",
    async () => {
      const folder = await temporaryFolder();
      for (const name of ["a", "b"]) {
        await write(join(folder, `pics/${name}.png`), await drawing(48, 48).png().toBuffer());
      }
      const quick = QUICK.map((arg) => (arg === "4" ? "20" : arg));
      const args = ["img2img", "pics", "-p", "a city", ...quick, "--strength", "0", "--json"];
      const command = startAnimate(folder, args);
      await command.printed('"picture":"b.png","step"');
      process.kill(await inferenceProcessOf(command.process.pid!), "SIGKILL");
      const { exitCode, stdout } = await command.result;
      expect(exitCode).toBe(0);
      expect(stdout).toContain('"type":"warning","message":"the inference process ended (signal SIGKILL)');
      expect(stdout).toContain('"type":"done"');
      expect((await manifestOf(join(folder, "renders/pics-img2img"))).pictures).toHaveLength(2);
    },
  );

  it("puts the subject before a new background, and keeps what a mask keeps, to the bit at the picture's own size", async () => {
    const folder = await temporaryFolder();
    const cutout = drawing(120, 80, true);
    await write(join(folder, "pics/a.png"), await cutout.png().toBuffer());
    const original = await cutout.clone().removeAlpha().raw().toBuffer();
    const read = async (path: string) => await sharp(join(folder, path)).removeAlpha().raw().toBuffer();
    const changes = (result: Buffer, isPicked: (x: number) => boolean) =>
      result.filter((value, i) => isPicked(Math.floor(i / 3) % 120) && value !== original[i]).length;

    const background = ["pics", "--out", "beach", "--background", "a beach", ...QUICK];
    expect(await draw(folder, background)).toMatchObject({ made: 1, failed: [] });
    const beach = await read("beach/a.png");
    expect((await sharp(join(folder, "beach/a.png")).metadata()).channels).toBe(3);
    expect(changes(beach, (x) => x < 60)).toBe(0);
    expect(changes(beach, (x) => x >= 60)).toBeGreaterThan(10_000);

    const mask = Uint8Array.from({ length: 60 * 40 }, (_, i) => (i % 60 < 40 ? 0 : 255));
    const raw = { raw: { width: 60, height: 40, channels: 1 } } as const;
    await write(join(folder, "masks/a.webp"), await sharp(mask, raw).webp({ lossless: true }).toBuffer());
    const masked = [
      "pics",
      "--out",
      "part",
      "-p",
      "a beach",
      "--mask",
      join(folder, "masks"),
      "--feather",
      "1",
      ...QUICK,
    ];
    expect(await draw(folder, masked)).toMatchObject({ made: 1, failed: [] });
    const part = await read("part/a.png");
    expect(changes(part, (x) => x < 60)).toBe(0);
    expect(changes(part, (x) => x >= 90)).toBeGreaterThan(3_000);
  });

  it("lets networks say what a picture shows, and where", async () => {
    const folder = await temporaryFolder();
    for (const name of ["a", "b"])
      await write(join(folder, `pics/${name}.png`), await drawing(64, 64).png().toBuffer());
    await write(join(folder, "pics/a.txt"), "a red cat");
    const networks = [
      "--captioner",
      fixture("captioners/blip"),
      "--words-model",
      fixture("clipseg/clipseg.onnx"),
    ];
    const mask = ["--mask", "<a cat> | {everywhere}"];
    // An animation's settings hold as far as they mean something for one picture.
    const unit = `{ model: ${fixture("tiny-controlnet")}, preprocessor: canny, weight: 0.7 }`;
    const base = join(folder, "base.yaml");
    await write(
      base,
      `prompts: a hero\nmode: 3d\ncadence: 3\nloop: true\nstrength: "0:(0.4), 20:(0.9)"\ncontrolnet: [${unit}]\n`,
    );
    const settings = ["-s", base, "-p", "{caption} at night"];
    const args = ["pics", "--out", "out", ...settings, ...networks, ...mask, ...QUICK];
    expect(await draw(folder, args)).toMatchObject({ made: 2, failed: [] });
    const { pictures } = await manifestOf(join(folder, "out"));
    expect(pictures[0]!.prompt).toBe("a red cat at night");
    // What transformers says of it is in the fixture's own test; here it is on its way into the prompt.
    expect(pictures[1]!.prompt).toMatch(/^\S.+ at night$/);
    expect(pictures[1]!.prompt).not.toContain("{");
    const [{ text }] = readPngText(await readFile(join(folder, "out/b.png"))) as [PngText, PngText];
    expect(text).toContain("Denoising strength: 0.6");
    expect(await draw(folder, args)).toMatchObject({ made: 0, reused: 2 });
  });

  it("edits by instructions: the whole picture anew, as near to it as image_guidance_scale says", async () => {
    const golden = await readSafetensors("test/fixtures/tiny-instruct-pix2pix/golden.safetensors");
    const model = await writeWidened((await readFloats(golden, "conv_in.more")).data, 8);
    const folder = await temporaryFolder();
    await write(join(folder, "pics/a.png"), await drawing(48, 48).png().toBuffer());
    const quick = QUICK.map((arg) => (arg === TINY_MODEL ? model : arg));
    const args = ["pics", "-p", "make it snow", ...quick];
    expect(await draw(folder, [...args, "--out", "near"])).toMatchObject({ made: 1, failed: [] });
    const far = [...args, "--out", "far", "--image-guidance-scale", "3"];
    expect(await draw(folder, far)).toMatchObject({ made: 1, failed: [] });
    const { text } = readPngText(await readFile(join(folder, "near/a.png")))[0]!;
    expect(text).toContain("make it snow");
    expect(text).toContain("Denoising strength: 1");
    const sums = await Promise.all(
      ["near", "far"].map(async (out) => (await manifestOf(join(folder, out))).pictures[0]!.sha256),
    );
    expect(sums[0]).not.toBe(sums[1]);
  });
});
