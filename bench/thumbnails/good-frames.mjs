/** Good frames: of renders of the embedded model, drawn scenes, and pictures that have what photographs have, a third of each. */

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPngBytes } from "../../dist/tensor/picture-file.js";
import { renderSchedule } from "../storybook/render-schedule.mjs";
import { drawScene } from "./drawn.mjs";
import { photograph } from "./photographed.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What is rendered for it. */
export const SCHEDULES = [
  "balloon-loop",
  "balloon-over-cities",
  "castle-orbit",
  "castle-vertigo",
  "channel-intro",
  "comic",
  "flight-3d",
  "rocket-beats",
  "superman",
];

const SIZES = [
  [320, 180],
  [256, 256],
  [180, 320],
  [320, 240],
];

/** The frames of the schedules in `renders/`, rendered where they are missing: paths, run by run. */
export async function renderedFrames() {
  const runs = [];
  for (const name of SCHEDULES) {
    const folder = join(ROOT, "renders", name);
    if (!existsSync(join(folder, "manifest.json"))) {
      await renderSchedule(join(ROOT, "schedules", `${name}.yaml`), folder, [], name);
    }
    const files = (await readdir(join(folder, "frames"))).filter((file) => file.endsWith(".png")).toSorted();
    runs.push({ name, frames: files.map((file) => join(folder, "frames", file)) });
  }
  return runs;
}

/**
 * Good frame number `n` of `count`.
 *
 * @param rendered paths of rendered frames, of which `count / 3` are taken evenly; without them two kinds are left
 * @returns the picture and where it is from
 */
export async function goodFrame(n, count, rendered) {
  const [width, height] = SIZES[Math.floor(n / 3) % SIZES.length];
  const kinds = rendered.length > 0 ? ["rendered", "drawn", "photograph"] : ["drawn", "photograph"];
  const kind = kinds[n % kinds.length];
  if (kind === "rendered") {
    const path = rendered[Math.floor(((n % count) / count) * rendered.length)];
    return { from: path.slice(ROOT.length), image: await readPngBytes(path) };
  }
  const image = kind === "drawn" ? await drawScene(n, width, height) : await photograph(n, width, height);
  return { from: `${kind} ${n}`, image };
}
