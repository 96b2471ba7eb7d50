/** Exported stills: which files there are, and what the one beside them says. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { disk, drawFrame } from "../../test/support/drawn-frames.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { scoreFrame } from "../scoring/score.ts";
import { settingsSchema } from "../settings/schema.ts";
import { encodePng } from "../tensor/picture-file.ts";
import { openDress } from "./dress-still.ts";
import { exportStills, type StillSource } from "./export-stills.ts";
import { readFrameRecipe } from "./frame-recipe.ts";
import type { RankedFrame } from "./select.ts";

const FRAME = await disk(256, 256, 60, 100);
const PICKED: readonly RankedFrame[] = [
  { frame: 123, timeSeconds: 8.2, cluster: 0, merit: 0.816, score: scoreFrame(FRAME) },
  { frame: 7, timeSeconds: 0.5, cluster: 0, merit: 0.5, score: scoreFrame(FRAME) },
];

function source(changes: Partial<StillSource> = {}): StillSource {
  return {
    kind: "video",
    name: "holiday",
    read: async () => FRAME,
    recipe: async () => null,
    settings: null,
    ...changes,
  };
}

function thumbnailsOf(changes: object) {
  const small = { width: 320, height: 180 };
  return settingsSchema.parse({ prompts: "a hero", thumbnails: { ...small, ...changes } }).thumbnails;
}

async function exported(folder: string, changes: object, from = source()) {
  const thumbnails = thumbnailsOf(changes);
  const dress = await openDress(thumbnails, folder);
  const stills = await exportStills(PICKED, { thumbnails, dress, folder, source: from, upscaler: null });
  const files = (await readdir(folder)).toSorted();
  const facts = files
    .filter((file) => file.endsWith(".json"))
    .map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8")) as Record<string, unknown>);
  return { ...stills, files, facts: await Promise.all(facts) };
}

describe("exported stills", () => {
  it("are named by rank, frame and score, each with its facts beside it", async () => {
    const { thumbnails, files, facts } = await exported(await temporaryFolder(), {});
    expect(files).toEqual([
      "1-frame-000123-score-82.jpg",
      "1-frame-000123-score-82.json",
      "2-frame-000007-score-50.jpg",
      "2-frame-000007-score-50.json",
    ]);
    expect(thumbnails.map(({ file, format }) => [basename(file), format])).toEqual([
      ["1-frame-000123-score-82.jpg", "320x180"],
      ["2-frame-000007-score-50.jpg", "320x180"],
    ]);
    expect(facts[0]).toMatchObject({
      source: { kind: "video", name: "holiday" },
      frame: 123,
      time_seconds: 8.2,
      rank: 1,
      merit: 0.816,
      measures: { brightness: PICKED[0]!.score.brightness, hash: PICKED[0]!.score.hash },
      pictures: [{ format: "320x180", width: 320, height: 180, quality: 94, crop: { width: 256 } }],
    });
    expect(facts[0]).not.toHaveProperty("settings");
  });

  it("come in every format that is asked for, within its bytes", async () => {
    const folder = await temporaryFolder();
    const formats = ["160x90", "90x160", "80x80", "200x100"];
    const { files, facts } = await exported(folder, { formats, encoding: "png", max_bytes: 12_000 });
    expect(files.filter((file) => file.startsWith("1-"))).toEqual([
      "1-frame-000123-score-82-160x90.png",
      "1-frame-000123-score-82-200x100.png",
      "1-frame-000123-score-82-80x80.png",
      "1-frame-000123-score-82-90x160.png",
      "1-frame-000123-score-82.json",
    ]);
    const pictures = facts[0]!["pictures"] as {
      file: string;
      width: number;
      height: number;
      bytes: number;
    }[];
    for (const { file, width, height, bytes } of pictures) {
      const written = await readFile(join(folder, file));
      expect(written).toHaveLength(bytes);
      expect(bytes).toBeLessThanOrEqual(12_000);
      expect(await sharp(written).metadata()).toMatchObject({ format: "png", width, height });
    }
    expect(pictures.map(({ width, height }) => `${width}x${height}`)).toEqual(formats);
  });

  it("of a run tell settings, seed, prompt and model", async () => {
    const folder = await temporaryFolder();
    const settings = settingsSchema.parse({ prompts: "a hero", seed: 42, name: "flight" });
    const recipe = {
      name: "flight",
      model: { name: "storybook", sha256: "ab12" },
      plan: {
        seed: 45,
        negativePrompt: "blur",
        prompts: [
          { text: "a hero", weight: 0.5 },
          { text: "a city", weight: 0.5 },
        ],
      },
    };
    const png = join(folder, "frame.png");
    await writeFile(png, await encodePng(FRAME, [{ keyword: "animate", text: JSON.stringify(recipe) }]));
    const run = source({ kind: "run", name: "flight", recipe: () => readFrameRecipe(png), settings });
    const { facts } = await exported(join(folder, "thumbnails"), {}, run);
    expect(facts[0]).toMatchObject({
      prompt: "a hero / a city",
      negative_prompt: "blur",
      seed: 45,
      model: { name: "storybook", sha256: "ab12" },
      run_seed: 42,
      settings: { name: "flight", size: { width: 256, height: 256 } },
    });
  });

  it("carry a title and a logo, previews beside them, and tell what viewers will miss", async () => {
    const folder = await temporaryFolder();
    const plain = await exported(folder, {});
    expect(plain.warnings).toEqual([]);
    const mark = await drawFrame(40, 20, '<rect width="40" height="20" fill="#0f0"/>');
    await writeFile(join(folder, "logo.png"), await encodePng(mark));
    const title = { text: "HE CAN FLY \u{1f680}", position: "center" };
    const dressed = await exported(folder, { title, logo: { file: "logo.png" }, preview: true });
    expect(dressed.files.filter((file) => file.startsWith("1-"))).toEqual([
      "1-frame-000123-score-82-preview.jpg",
      "1-frame-000123-score-82.jpg",
      "1-frame-000123-score-82.json",
    ]);
    expect(dressed.facts[0]!["pictures"]).toMatchObject([
      { title: { position: "center" }, logo: { left: 5, top: 5, width: 45, height: 22 } },
    ]);
    expect(dressed.warnings[0]).toBe(
      "the font Anton_400Regular has no \u{1f680}: left out of the title; thumbnails.title.font may name a font that has them",
    );
    const preview = await sharp(join(folder, dressed.files[0]!)).metadata();
    expect([preview.width, preview.height]).toEqual([720 + 336 + 60, 445]);
  });

  it("replace those of an earlier export and nothing else", async () => {
    const folder = await temporaryFolder();
    await exported(folder, { formats: "90x160,80x80" });
    await writeFile(join(folder, "mine.jpg"), "mine");
    await writeFile(join(folder, "1-frame-000031.jpg"), "of an older version");
    const { files } = await exported(folder, {});
    expect(files).toEqual([
      "1-frame-000123-score-82.jpg",
      "1-frame-000123-score-82.json",
      "2-frame-000007-score-50.jpg",
      "2-frame-000007-score-50.json",
      "mine.jpg",
    ]);
  });

  it("know nothing of frames that others wrote", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "frame.png");
    expect(await readFrameRecipe(path)).toBeNull();
    for (const text of ["", "no json", "null", "[]", '{"model":{}}', '{"__proto__":{"plan":1}}']) {
      await writeFile(path, await encodePng(FRAME, [{ keyword: "animate", text }]));
      expect(await readFrameRecipe(path), text).toBeNull();
    }
  });
});
