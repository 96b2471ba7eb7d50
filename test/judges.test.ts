/** `animate thumbnails` with networks of the user. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { drawnScene } from "./support/drawn-scene.ts";
import { toyAesthetic, toyYolo } from "./support/toy-judges.ts";

const BIN = fileURLToPath(new URL("../bin/animate.js", import.meta.url));
let folder: string;

async function animate(...args: string[]): Promise<{ code: number; stderr: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: folder, timeout: 90_000 }, (error, _, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stderr }),
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-judges-"));
  await mkdir(join(folder, "pictures"));
  for (let seed = 0; seed < 4; seed++) {
    const face = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect x="96" y="64" width="96" height="96" fill="#f00"/></svg>`;
    const scene = sharp(drawnScene(seed));
    if (seed === 2) scene.composite([{ input: Buffer.from(face) }]);
    await scene.png().toFile(join(folder, "pictures", `${seed}.png`));
  }
  await writeFile(join(folder, "faces.onnx"), toyYolo(320, 1));
  await writeFile(join(folder, "taste.onnx"), toyAesthetic(32));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("ranks the picture first in which the detector sees a face, and tells what the networks said", async () => {
  const flags = ["--weights", "faces", "--detector", "faces.onnx", "--aesthetic", "taste.onnx"];
  const { code, stderr } = await animate("thumbnails", "pictures", "--count", "4", "-o", "out", ...flags);
  expect(stderr).not.toContain("networks");
  expect(code).toBe(0);
  const sidecars = (await readdir(join(folder, "out"))).filter((file) => /^\d-frame-.*\.json$/.test(file));
  const stills = await Promise.all(
    sidecars.map(async (file) => JSON.parse(await readFile(join(folder, "out", file), "utf8"))),
  );
  const [best, ...others] = stills.toSorted((a, b) => b.merit - a.merit);
  expect(best.frame).toBe(2);
  // 96 × 96 of 320 × 240 pixels, whole.
  expect(best.networks.faces).toBeGreaterThan(0.05);
  expect(best.networks.aesthetic).toEqual(expect.any(Number));
  expect(others.length).toBeGreaterThan(0);
  for (const { networks } of others) expect(networks.faces).toBeLessThan(best.networks.faces);
});

it("cuts no face that the detector sees, though something else draws the eye", async () => {
  const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"><rect width="640" height="320" fill="#044"/>
    <circle cx="200" cy="160" r="100" fill="#0ff"/><rect x="576" y="64" width="64" height="64" fill="#a66"/></svg>`;
  await mkdir(join(folder, "wide"));
  await sharp(Buffer.from(scene))
    .png()
    .toFile(join(folder, "wide", "0.png"));
  const flags = ["--size", "90x160", "--count", "1", "--detector", "faces.onnx", "-o", "faces"];
  const { code, stderr } = await animate("thumbnails", "wide", ...flags);
  expect(code, stderr).toBe(0);
  const [sidecar] = (await readdir(join(folder, "faces"))).filter((file) => /^1-frame-.*\.json$/.test(file));
  const { pictures, networks } = JSON.parse(await readFile(join(folder, "faces", sidecar!), "utf8"));
  // Cells of 32 pixels of the network's picture, which is half as large.
  expect(networks).toMatchObject({ face_count: 1, face_cut: true });
  expect(networks.largest_face).toBeCloseTo(0.1 * 0.2, 5);
  expect(pictures[0].crop).toEqual({ left: 640 - 180, top: 0, width: 180, height: 320 });
});

it("names the setting of a network that cannot be used, before anything is rendered", async () => {
  const schedule = "prompts: a castle\nframes: 1\nthumbnails:\n  detector: taste.onnx\n";
  await writeFile(join(folder, "a.yaml"), schedule);
  const { code, stderr } = await animate("--schedule", "a.yaml");
  expect(stderr).toMatch(
    /a\.yaml:4:13 thumbnails\.detector: \S+taste\.onnx: expected the outputs of a detector, found score \[1\]/,
  );
  expect(stderr).toContain("Supported: YuNet");
  expect(code).toBe(3);
});
