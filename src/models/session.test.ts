import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelErrorOf } from "../../test/support/model-error.ts";
import { RenderError } from "../errors.ts";
import { tensor } from "../tensor/tensor.ts";
import { GraphBuilder, weightsFolder } from "./onnx-graph.ts";
import { openSession } from "./session.ts";

/** y = x · w with the weight at byte 3 of a file of its own. */
function multiply(path: string, byteLength = 8): Uint8Array {
  const graph = new GraphBuilder("multiply");
  const x = graph.input("x", [2]);
  const w = graph.weight({ name: "w", type: "F32", dims: [2], path, offset: 3, byteLength });
  graph.output(graph.node("Mul", [x, w], [2], { name: "y" }));
  return graph.toBytes();
}

async function withWeights(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "animate-session-"));
  const path = join(folder, "weights.bin");
  const bytes = Buffer.alloc(11);
  bytes.writeFloatLE(2, 3);
  bytes.writeFloatLE(-1, 7);
  await writeFile(path, bytes);
  await work(path).finally(async () => await rm(folder, { recursive: true }));
}

describe("a session", () => {
  it("reads weights where they lie in a file anywhere on the disk", async () => {
    await withWeights(async (path) => {
      const session = await openSession("product", multiply(path), weightsFolder(path), { provider: "cpu" });
      expect(await session.run({ x: tensor([2], Float32Array.of(3, 5)) })).toEqual({
        y: { dims: [2], data: Float32Array.of(6, -5) },
      });
      await session.release();
    });
  });

  it("is refused with the network's name when the weights are not where the graph says", async () => {
    await withWeights(async (path) => {
      const short = openSession("product", multiply(path, 4), weightsFolder(path), { provider: "cpu" });
      expect(await modelErrorOf(short)).toContain("ONNX Runtime cannot load the product");
      const missing = openSession("product", multiply(`${path}.none`), weightsFolder(path), {
        provider: "cpu",
      });
      expect(await modelErrorOf(missing)).toContain("weights.bin.none");
    });
  });

  it("fails with a RenderError when it is run with the wrong inputs", async () => {
    await withWeights(async (path) => {
      const session = await openSession("product", multiply(path), weightsFolder(path), { provider: "cpu" });
      await expect(session.run({})).rejects.toThrow(RenderError);
      await expect(session.run({ x: tensor([3], new Float32Array(3)) })).rejects.toThrow(
        "ONNX Runtime failed in the product",
      );
      await session.release();
    });
  });
});
