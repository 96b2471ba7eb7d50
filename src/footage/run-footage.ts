/** A run of ours, finished or not, as footage: its frames as they lie in `frames/`. */

import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { FileError } from "../errors.ts";
import { readFileWithin } from "../files.ts";
import { LIMITS } from "../limits.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import type { Footage } from "./footage.ts";
import { type PictureFile, readPictures } from "./pictures.ts";

/** What the manifest says that matters here; the rest of the settings is as the run had it. */
const runManifest = z.object({
  settings: z.looseObject({
    name: z.string(),
    fps: z.number().positive(),
    size: z.object({ width: z.number(), height: z.number() }),
    thumbnails: z.looseObject({}),
  }),
});

export type RunSettings = z.infer<typeof runManifest>["settings"];

/** The settings that a folder was rendered with; undefined when it is no run. */
export async function readRunSettings(path: string): Promise<RunSettings | undefined> {
  try {
    const manifest = await readFileWithin(join(path, "manifest.json"), LIMITS.settings.fileBytes);
    return runManifest.parse(JSON.parse(manifest.toString())).settings;
  } catch {
    return undefined;
  }
}

/**
 * Opens the finished frames of a run.
 *
 * @param path absolute
 * @throws FileError when there is no frame yet
 */
export async function openRunFootage(path: string, settings: RunSettings): Promise<Footage> {
  const { name, fps, size } = settings;
  // Only finished frames have such a name: what is being written has another.
  const names = (await readdir(join(path, "frames")).catch(() => [])).filter((file) =>
    /^\d+\.png$/.test(file),
  );
  const files = names
    .map((file): PictureFile => {
      const frame = Number.parseInt(file, 10);
      return { path: join(path, "frames", file), frame, timeSeconds: frame / fps };
    })
    .toSorted((a, b) => a.frame - b.frame);
  if (files.length === 0) {
    throw new FileError("the run has no frames yet", {
      where: path,
      hint: "continue it: `animate --schedule`, with the same --out",
    });
  }
  const byFrame = new Map(files.map((file) => [file.frame, file.path]));
  const warnings: string[] = [];
  return {
    kind: "run",
    name: name || basename(path),
    ...size,
    frameCount: files.length,
    warnings,
    frames: () => readPictures(files, readPngBytes, warnings),
    still: ({ frame }) => readPngBytes(byFrame.get(frame)!),
  };
}
