import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { encodePng, readPngBytes } from "../src/tensor/picture-file.ts";
import { readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";

const ARGS = ["-s", "flight.yaml", "--frames", "3", "--format", "png", "--set", "thumbnails.count=0"];
/** A camera that stands still, so that what is kept can be compared. */
const STILL = ["--set", "motion.translation_z=0", "--set", "motion.rotation_3d_z=0"];

/** White from the column on. */
async function writeMask(path: string, column: number): Promise<void> {
  const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) =>
    Math.floor(i / 3) % 64 < column ? 0 : 255,
  );
  await writeFile(path, await encodePng({ width: 64, height: 64, data }));
}

it("draws every frame within the mask, keeps the rest to the bit, and renders anew when the mask changes", async () => {
  const folder = await temporaryFolder();
  await writeMask(join(folder, "mask.png"), 40);
  await writeSchedule(folder, "mask: { file: mask.png, blur: 1 }");
  expect(await runAnimate(folder, [...ARGS, ...STILL])).toMatchObject({ stderr: "", exitCode: 0 });
  const run = join(folder, "renders/flight");
  const frames = await Promise.all(
    [0, 1, 2].map(async (frame) => await readPngBytes(join(run, `frames/00000${frame}.png`))),
  );
  const changes = (isPicked: (x: number) => boolean) =>
    frames[2]!.data.filter((value, i) => isPicked(Math.floor(i / 3) % 64) && value !== frames[0]!.data[i])
      .length;
  // Three deviations beside the border the blurred mask is black.
  expect(changes((x) => x < 36)).toBe(0);
  expect(changes((x) => x >= 44)).toBeGreaterThan(1000);

  await writeMask(join(folder, "mask.png"), 20);
  expect((await runAnimate(folder, [...ARGS, ...STILL])).exitCode).toBe(0);
  expect((await readManifest(run)).frames.map(({ status }) => status)).toEqual(Array(3).fill("rendered"));
});

it("lets the start picture stand still outside the mask while the camera moves, between drawings and after a resume", async () => {
  const folder = await temporaryFolder();
  await writeMask(join(folder, "mask.png"), 40);
  const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 7) % 256);
  await writeFile(join(folder, "room.png"), await encodePng({ width: 64, height: 64, data }));
  const mask = "mask: { file: mask.png, blur: 1, outside: start }";
  await writeSchedule(folder, `${mask}\ninit: { image: room.png }\ncadence: 2`);
  expect(await runAnimate(folder, ARGS)).toMatchObject({ stderr: "", exitCode: 0 });
  expect(await runAnimate(folder, ARGS.with(3, "4"))).toMatchObject({ stderr: "", exitCode: 0 });
  for (const frame of [0, 1, 2, 3]) {
    const picture = await readPngBytes(join(folder, `renders/flight/frames/00000${frame}.png`));
    const outside = picture.data.filter((_, i) => Math.floor(i / 3) % 64 < 36);
    expect(outside, `frame ${frame}`).toEqual(data.filter((_, i) => Math.floor(i / 3) % 64 < 36));
  }
});

it("says when the mask is not there", async () => {
  const folder = await temporaryFolder();
  await writeSchedule(folder, "mask: { file: nowhere.png, only_masked: true }");
  expect(await runAnimate(folder, ARGS)).toMatchObject({
    exitCode: 6,
    stderr: expect.stringContaining("there is no such file or folder"),
  });
});

const CLIPSEG = fileURLToPath(new URL("fixtures/clipseg/clipseg.onnx", import.meta.url));

it("finds what words name in each frame, and draws only there", async () => {
  const folder = await temporaryFolder();
  await writeSchedule(folder, `mask: { words_model: ${CLIPSEG}, schedule: "<a cat>", blur: 0 }`);
  expect(await runAnimate(folder, [...ARGS, ...STILL])).toMatchObject({ stderr: "", exitCode: 0 });
  const frames = await Promise.all(
    [0, 1].map(async (frame) => await readPngBytes(join(folder, `renders/flight/frames/00000${frame}.png`))),
  );
  const kept = frames[0]!.data.filter((value, i) => value === frames[1]!.data[i]).length;
  expect(kept).toBeGreaterThan(1000);
  expect(kept).toBeLessThan(3 * 64 * 64 - 1000);
  const { word_finder: finder } = await readManifest(join(folder, "renders/flight"));
  expect(finder).toEqual({ name: "clipseg", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
});

it("says what words in masks need, and when it is not there", async () => {
  const folder = await temporaryFolder();
  await writeSchedule(folder, 'noise: { mask: "<a cat>" }');
  expect(await runAnimate(folder, ARGS)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(
      /flight\.yaml:\d+:\d+ noise\.mask: expected a network that finds `<a cat>`, found none/,
    ),
  });
  await writeSchedule(folder, 'noise: { mask: "<a cat>" }\nmask: { words_model: nowhere.onnx }');
  expect((await runAnimate(folder, ARGS)).stderr).toMatch(
    /flight\.yaml:\d+:\d+ mask\.words_model: nowhere\.onnx: there is no such network/,
  );
});
