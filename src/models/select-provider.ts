/** Which execution provider of ONNX Runtime a device name stands for: asked for means used, or an error. */

import * as ort from "onnxruntime-node";
import { RenderError } from "../errors.ts";
import { printable } from "../printable.ts";
import type { Accelerator, Device, Provider } from "./device.ts";
import { GraphBuilder } from "./onnx-graph.ts";

// ONNX Runtime would print missing libraries to stderr as well; the error says it.
ort.env.logLevel = "fatal";

const NAMES: Readonly<Record<Accelerator, string>> = { cuda: "CUDA", webgpu: "WebGPU" };
const HINTS: Readonly<Record<Accelerator, string>> = {
  cuda: "Run `animate doctor` to see how to add CUDA to ONNX Runtime, or use `--device cpu`.",
  webgpu:
    "It needs a graphics driver with Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS); `--device cpu` works everywhere.",
};

/**
 * The execution provider for a device. `auto` takes CUDA if its libraries load and there is a card, else the CPU; WebGPU only when it is
 * asked for.
 *
 * @throws RenderError when CUDA or WebGPU is asked for and cannot be used
 */
export async function selectProvider(device: Device): Promise<Provider> {
  if (device === "cpu") return "cpu";
  if (device === "auto") return (await probeProvider("cuda")) === undefined ? "cuda" : "cpu";
  const problem = await probeProvider(device);
  if (problem === undefined) return device;
  throw new RenderError(`${NAMES[device]} cannot be used: ${printable(problem.message)}`, {
    hint: HINTS[device],
    cause: problem,
  });
}

const probes = new Map<Accelerator, Promise<Error | undefined>>();

/** Runs a graph of one node there, once per process; gives the error if that fails. */
export async function probeProvider(provider: Accelerator): Promise<Error | undefined> {
  const probe = probes.get(provider) ?? runProbe(provider);
  probes.set(provider, probe);
  return await probe;
}

async function runProbe(provider: Accelerator): Promise<Error | undefined> {
  const graph = new GraphBuilder("probe");
  const input = graph.input("input", [1]);
  graph.output(graph.node("Identity", [input], [1], { name: "output" }));
  try {
    const session = await ort.InferenceSession.create(graph.toBytes(), { executionProviders: [provider] });
    await session.run({ input: new ort.Tensor("float32", Float32Array.of(1), [1]) });
    await session.release();
    return undefined;
  } catch (problem) {
    return problem instanceof Error ? problem : new Error(String(problem));
  }
}
