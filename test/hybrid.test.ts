import { copyFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FREE } from "../src/models/onnx-graph.ts";
import { readPngBytes } from "../src/tensor/picture-file.ts";
import { onnxFile } from "./support/onnx-file.ts";
import { readFrames, readManifest, runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";

const VIDEO = new URL("fixtures/deforum/loop/video/", import.meta.url).pathname;
const ARGS = ["-s", "flight.yaml", "--frames", "4", "--format", "png", "--set", "thumbnails.count=0"];

it("follows a video, and renders anew from the frame whose picture has changed", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "video"));
  for (let i = 0; i < 4; i++) {
    await copyFile(`${VIDEO}video_${i}.png`, join(folder, `video/${i}.png`));
  }
  await writeSchedule(
    folder,
    "hybrid: { video: video, motion: affine, composite: normal }\nflow: { redo: dis_medium }",
  );
  expect(await runAnimate(folder, ARGS)).toMatchObject({ stderr: "", exitCode: 0 });
  const run = join(folder, "renders/flight");
  const first = await readFile(join(run, "frames/000002.png"));

  await copyFile(`${VIDEO}video_9.png`, join(folder, "video/2.png"));
  expect((await runAnimate(folder, ARGS)).exitCode).toBe(0);
  const { frames } = await readManifest(run);
  expect(frames.map(({ status }) => status)).toEqual(["reused", "reused", "rendered", "rendered"]);
  expect(await readFile(join(run, "frames/000002.png"))).not.toEqual(first);
});

it("saves what the video brings into each frame when asked, and no frame is another for it", async () => {
  const folder = await temporaryFolder();
  const hybrid = `video: ${VIDEO}, motion: optical_flow, composite: normal, mask: { type: difference }`;
  await writeSchedule(folder, `hybrid: { ${hybrid} }`);
  expect(await runAnimate(folder, [...ARGS, "--out", "plain"])).toMatchObject({ stderr: "", exitCode: 0 });
  await writeSchedule(folder, `hybrid: { ${hybrid}, save_extra_frames: true, flow_picture: arrows }`);
  expect(await runAnimate(folder, [...ARGS, "--out", "extra"])).toMatchObject({ stderr: "", exitCode: 0 });
  const kinds = ["composite", "flow", "mask"];
  expect((await readdir(join(folder, "extra/hybrid"))).toSorted()).toEqual(
    [1, 2, 3].flatMap((frame) => kinds.map((kind) => `00000${frame}-${kind}.png`)),
  );
  const flow = await readPngBytes(join(folder, "extra/hybrid/000002-flow.png"));
  const { size } = (await readManifest(join(folder, "extra"))).settings;
  expect(flow).toMatchObject(size);
  expect(await readFrames(join(folder, "extra"))).toEqual(await readFrames(join(folder, "plain")));
});

it("says before the first frame that the video is too short", async () => {
  const folder = await temporaryFolder();
  await writeSchedule(folder, `hybrid: { video: ${VIDEO}, motion: optical_flow }`);
  expect(await runAnimate(folder, ["-s", "flight.yaml", "--frames", "11"])).toMatchObject({
    exitCode: 4,
    stderr: expect.stringMatching(/flight\.yaml:\d+:\d+ hybrid\.video has 10 pictures, none for frame 10/),
  });
});

/** A network that takes a bright pixel for one that has gone right, by up to `pixels`. */
async function writeFlowNetwork(file: string, pixels: number): Promise<void> {
  const path = await onnxFile((graph) => {
    const [first, second] = ["image1", "image2"].map((name) => graph.input(name, [1, 3, FREE, FREE]));
    const both = graph.node("Concat", [first!, second!], [1, 6, FREE, FREE], {
      name: "both",
      attributes: { axis: { int: 1 } },
    });
    const weights = graph.constant("weights", [2, 6, 1, 1], new Float32Array(12).fill(pixels / 6, 0, 6));
    return graph.node("Conv", [both, weights], [1, 2, FREE, FREE], { name: "flow" });
  });
  await copyFile(path, file);
}

describe("a flow network of the user", () => {
  it("moves frames, stands in the manifest, and is known by its content", async () => {
    const folder = await temporaryFolder();
    await writeFlowNetwork(join(folder, "raft.onnx"), 4);
    const scheduleOf = (file: string) =>
      writeSchedule(
        folder,
        `hybrid: { video: ${VIDEO}, motion: optical_flow, flow_method: ${file} }\nflow: { redo: ${file} }`,
      );
    const statusesAfter = async (...flags: string[]) => {
      const { stderr, exitCode } = await runAnimate(folder, [...ARGS, ...flags]);
      expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
      return await readManifest(join(folder, "renders/flight"));
    };
    await scheduleOf("raft.onnx");
    const first = await statusesAfter();
    expect(first.flow_networks).toEqual([
      { name: "raft", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    const moved = await readFile(join(folder, "renders/flight/frames/000001.png"));

    await rename(join(folder, "raft.onnx"), join(folder, "other.onnx"));
    await scheduleOf("other.onnx");
    expect((await statusesAfter()).frames.map(({ status }) => status)).toEqual(Array(4).fill("reused"));

    await writeFlowNetwork(join(folder, "other.onnx"), 8);
    const refused = await runAnimate(folder, ARGS);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain(
      "made under other conditions: flow network other.onnx has other contents",
    );
    const anew = await statusesAfter("--force");
    expect(anew.frames.map(({ status }) => status)).toEqual(Array(4).fill("rendered"));
    expect(await readFile(join(folder, "renders/flight/frames/000001.png"))).not.toEqual(moved);
  });

  it("is refused at its place in the schedule when there is none, or when it is none", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "cadence: 2\nflow: { cadence: raft.onnx }");
    const missing = await runAnimate(folder, ARGS);
    expect(missing.exitCode).toBe(3);
    expect(missing.stderr).toMatch(
      /flight\.yaml:\d+:\d+ flow\.cadence: raft\.onnx: there is no such network/,
    );
    await writeFile(join(folder, "raft.onnx"), "no protobuf at all");
    const damaged = await runAnimate(folder, ARGS);
    expect(damaged.exitCode).toBe(3);
    expect(damaged.stderr).toMatch(/flight\.yaml:\d+:\d+ flow\.cadence: .*this is no ONNX model/);
  });
});
