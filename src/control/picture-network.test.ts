import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GraphBuilder, type Value } from "../models/onnx-graph.ts";
import type { ByteImage } from "../tensor/image.ts";
import { openPictureNetwork } from "./picture-network.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-preprocessor-"));
});
afterAll(async () => await rm(folder, { recursive: true }));

/** Writes a network that makes something of a picture of 3 × 2 pixels. */
async function writeNetwork(
  name: string,
  build: (graph: GraphBuilder, picture: Value) => Value,
): Promise<string> {
  const graph = new GraphBuilder("preprocessor");
  graph.output(build(graph, graph.input("picture", [1, 3, 2, 3])));
  const path = join(folder, name);
  await writeFile(path, graph.toBytes());
  return path;
}

const image: ByteImage = {
  width: 3,
  height: 2,
  data: Uint8Array.from({ length: 18 }, (_, i) => 15 * i),
};

it("gives the network planes of 0 to 1 and takes three back, clamped", async () => {
  const path = await writeNetwork("double.onnx", (graph, picture) =>
    graph.node("Add", [picture, picture], picture.dims, { name: "double" }),
  );
  const network = await openPictureNetwork(path, { device: "cpu" });
  expect(await network.run(image)).toEqual({
    ...image,
    data: image.data.map((value) => Math.min(255, 2 * value)),
  });
  await network.release();
});

it("shows one plane in all colors", async () => {
  const path = await writeNetwork("mean.onnx", (graph, picture) =>
    graph.node("ReduceMax", [picture, graph.integers([1])], [1, 1, 2, 3], { name: "brightest" }),
  );
  const network = await openPictureNetwork(path, { device: "cpu" });
  const { data } = await network.run(image);
  expect([...data]).toEqual([...image.data].map((_, i) => 15 * (Math.floor(i / 3) * 3 + 2)));
  await network.release();
});

it("says what is wrong with a file or its shapes", async () => {
  const broken = join(folder, "broken.onnx");
  await writeFile(broken, "no network");
  await expect(openPictureNetwork(broken)).rejects.toThrow("this is no ONNX model, or it is damaged");
  const two = await writeNetwork("two.onnx", (graph, picture) =>
    graph.node("Add", [picture, graph.input("other", picture.dims)], picture.dims, { name: "sum" }),
  );
  await expect(openPictureNetwork(two)).rejects.toThrow("one input, a picture; found picture, other");
  const path = await writeNetwork("flat.onnx", (graph, picture) =>
    graph.node("Reshape", [picture, graph.integers([1, 18])], [1, 18], { name: "flat" }),
  );
  const network = await openPictureNetwork(path, { device: "cpu" });
  await expect(network.run(image)).rejects.toThrow(
    "the preprocessor gave [1, 18], expected floats [1, 1 or 3, 2, 3]",
  );
  await network.release();
});
