/** Frames before the user's networks: which are seen, what is said of them, and what becomes of failures. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawFrame } from "../../test/support/drawn-frames.ts";
import { scored } from "../../test/support/scored-frame.ts";
import { toyAesthetic, toyYolo } from "../../test/support/toy-judges.ts";
import { GraphBuilder } from "../models/onnx-graph.ts";
import { judgeCandidates, MOST_JUDGED, worthOf } from "./judge-candidates.ts";
import { openJudges } from "./judge-process.ts";

let folder: string;
let files: { detector: string; aesthetic: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-judging-"));
  files = { detector: join(folder, "yolo.onnx"), aesthetic: join(folder, "taste.onnx") };
  await writeFile(files.detector, toyYolo(64, 1));
  await writeFile(files.aesthetic, toyAesthetic(32));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** An aesthetic predictor that gives 2 for dark pictures, and fails at bright ones: it looks up the mean in a list that is too short. */
function refusesWhite(side: number): Uint8Array {
  const graph = new GraphBuilder("fragile");
  const image = graph.input("pixel_values", [1, 3, side, side]);
  const mean = graph.node("ReduceMean", [image, graph.integers([1, 2, 3])], [1], {
    name: "mean",
    attributes: { keepdims: { int: 0 } },
  });
  const place = graph.node("Cast", [mean], [1], { name: "place", attributes: { to: { int: 7 } } });
  const list = graph.constant("list", [2], Float32Array.of(2, 2));
  graph.output(graph.node("Gather", [list, place], [1], { name: "score" }));
  return graph.toBytes();
}

const red = drawFrame(
  64,
  64,
  `<rect width="64" height="64" fill="#000"/><rect width="32" height="32" fill="#f00"/>`,
);

describe("judged frames", () => {
  it("are the best by the other measures, without duds, and say what the networks saw", async () => {
    const frames = Array.from({ length: MOST_JUDGED + 6 }, (_, frame) =>
      scored(frame, { sharpness: 100 + frame, dud: frame === 69 ? "blurred" : undefined }),
    );
    const seen: number[] = [];
    const { frames: judged, warnings } = await judgeCandidates(
      frames,
      { sharpness: 1 },
      files,
      ({ frame }) => {
        seen.push(frame);
        return red;
      },
    );
    expect(seen).toEqual(Array.from({ length: MOST_JUDGED }, (_, index) => 68 - index));
    expect(judged.map(({ frame }) => frame)).toEqual(frames.map(({ frame }) => frame));
    // A quarter of the picture at its upper left corner, cut by the edge.
    expect(judged[68]!.plugins!.faces).toBeCloseTo(0.5 * 0.5, 2);
    expect(judged[68]!.plugins!.aesthetic).toBeLessThan(-1);
    expect(judged[69]!.plugins).toBeUndefined();
    expect(judged[3]!.plugins).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it("keep what was said before a network failed, which is named", async () => {
    const fragile = { detector: null, aesthetic: join(folder, "fragile.onnx") };
    await writeFile(fragile.aesthetic, refusesWhite(64));
    const pictures = [await red, { width: 64, height: 64, data: new Uint8Array(3 * 64 * 64).fill(255) }];
    const { frames, warnings } = await judgeCandidates(
      [scored(0, { sharpness: 300 }), scored(1)],
      { sharpness: 1 },
      fragile,
      async ({ frame }) => pictures[frame]!,
    );
    expect(frames.map(({ plugins }) => plugins?.aesthetic)).toEqual([2, undefined]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`1 frames were judged by networks, then: ${fragile.aesthetic}: `);
  });

  it("stay as they are without networks", async () => {
    const frames = [scored(0, {})];
    const none = { detector: null, aesthetic: null };
    expect((await judgeCandidates(frames, {}, none, () => red)).frames).toBe(frames);
  });

  it("are worth most with a large, sure and whole face", () => {
    const face = { left: 0.4, top: 0.3, width: 0.25, height: 0.25, confidence: 0.8 };
    expect(worthOf([])).toBe(0);
    expect(worthOf([face])).toBeCloseTo(0.2, 9);
    expect(worthOf([{ ...face, left: 0.8 }])).toBeCloseTo(0.1, 9);
    expect(worthOf([face, { ...face, width: 0.36, height: 0.36 }])).toBeCloseTo(0.288, 9);
  });
});

describe("the process of the networks", () => {
  it("that gives no answer in time is ended, and the network is named", async () => {
    await expect(openJudges(files, 1)).rejects.toMatchObject({
      message: "the networks gave no answer within 0.001 s",
      where: `${files.detector}, ${files.aesthetic}`,
    });
  });

  it("tells what a network refuses", async () => {
    const wrong = { detector: files.aesthetic, aesthetic: null };
    await expect(openJudges(wrong)).rejects.toThrow("expected the outputs of a detector, found score [1]");
  });
});
