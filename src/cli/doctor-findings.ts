/** What was found on this machine, and what to do about what was not. */

import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import * as ort from "onnxruntime-node";
import { AnimateError } from "../errors.ts";
import { findModel, listEmbeddedModels } from "../models/find-model.ts";
import { int8Weights } from "../models/int8-linear.ts";
import { openModel } from "../models/open-model.ts";
import { probeProvider } from "../models/select-provider.ts";
import { runtimeVersion } from "../render/run-facts.ts";
import { version } from "../render/version.ts";
import { describeFfmpeg } from "../video/locate.ts";

const GIGABYTE = 1e9;

/** One thing that was looked at. */
export interface Finding {
  readonly good: boolean;
  readonly lines: readonly string[];
}

/** Looks at everything a render needs. Throws nothing that a user could act on: that is a finding. */
export async function collectFindings(): Promise<Finding[]> {
  return [
    system(),
    memory(),
    await ffmpeg(),
    await runtime(),
    await cuda(),
    await webgpu(),
    ...(await models()),
  ];
}

function system(): Finding {
  const processors = cpus();
  return {
    good: true,
    lines: [
      `animate ${version}, Node ${process.versions.node} on ${process.platform} ${process.arch}`,
      `${processors.length} cores: ${processors[0]?.model ?? "unknown"}`,
    ],
  };
}

function memory(): Finding {
  return {
    good: true,
    lines: [
      `memory: ${inGigabytes(freemem())} free of ${inGigabytes(totalmem())}`,
      "the embedded model needs 1 GB; Stable Diffusion 1.5 at 512x512 about 6 GB on the CPU",
    ],
  };
}

function inGigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(1)} GB`;
}

async function ffmpeg(): Promise<Finding> {
  try {
    return { good: true, lines: await describeFfmpeg() };
  } catch (error) {
    return { good: false, lines: describeProblem(error) };
  }
}

async function runtime(): Promise<Finding> {
  const backends = ort
    .listSupportedBackends()
    .map(({ name, bundled }) => (bundled ? name : `${name} (not bundled)`));
  const int8 =
    (await int8Weights()) === "signed"
      ? "this processor is fast in 8 bits: --precision int8 saves time per step"
      : "this processor is slow in 8 bits (no VNNI): --precision int8 saves little";
  return { good: true, lines: [`ONNX Runtime ${runtimeVersion}: ${backends.join(", ")}`, int8] };
}

/** A machine without CUDA is a healthy machine; the way to add it is said all the same. */
async function cuda(): Promise<Finding> {
  const problem = await probeProvider("cuda");
  if (problem === undefined)
    return { good: true, lines: ["CUDA: usable, and used unless --device says otherwise"] };
  const lines = ["CUDA: not in use, models run on the processor", firstLine(problem)];
  return { good: true, lines: [...lines, ...(await describeCuda()), ...howToAddCuda()] };
}

/** What is there of the pieces that CUDA needs. */
async function describeCuda(): Promise<string[]> {
  const provider = join(runtimeFolder(), "libonnxruntime_providers_cuda.so");
  const driver = ["/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/dxg"];
  const { LD_LIBRARY_PATH } = process.env;
  return [
    `NVIDIA driver: ${(await Promise.all(driver.map(isThere))).includes(true) ? "found" : "not found"}`,
    `CUDA provider of ONNX Runtime: ${(await isThere(provider)) ? "found" : "not found"}`,
    `LD_LIBRARY_PATH: ${LD_LIBRARY_PATH ? LD_LIBRARY_PATH : "not set"}`,
  ];
}

function howToAddCuda(): string[] {
  if (process.platform !== "linux" || process.arch !== "x64")
    return ["CUDA works on Linux x64 only; on Windows and macOS try --device webgpu"];
  const folder = runtimeFolder();
  const wheels = `onnxruntime-gpu==${runtimeVersion}`;
  return [
    "to add it, with an NVIDIA card and its driver (release 580 or later):",
    `  python3 -m venv ~/.animate/cuda`,
    `  ~/.animate/cuda/bin/pip install '${wheels}' 'onnxruntime-gpu[cuda,cudnn]==${runtimeVersion}'`,
    `  cp ~/.animate/cuda/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime_providers_{cuda,shared}.so ${folder}/`,
    "  export LD_LIBRARY_PATH=$(find ~/.animate/cuda/lib/python3*/site-packages/nvidia -name lib -type d | paste -sd:)",
    "  animate doctor",
    "the last export belongs into the shell's profile: it must be set before animate starts",
  ];
}

/** Where the libraries of ONNX Runtime are, and where its providers must lie. */
function runtimeFolder(): string {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve("onnxruntime-node/package.json"));
  return join(root, "bin", "napi-v6", process.platform, process.arch);
}

async function webgpu(): Promise<Finding> {
  const problem = await probeProvider("webgpu");
  const lines =
    problem === undefined
      ? ["WebGPU: usable with --device webgpu"]
      : ["WebGPU: not usable", firstLine(problem)];
  return { good: true, lines };
}

function firstLine(problem: Error): string {
  return problem.message.split("\n")[0]!.slice(0, 200);
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function models(): Promise<Finding[]> {
  const names = await listEmbeddedModels();
  if (names.length === 0)
    return [{ good: false, lines: ["models: none is embedded; install animate again"] }];
  return Promise.all(names.map(describeModel));
}

async function describeModel(name: string): Promise<Finding> {
  try {
    const folder = await findModel(name, process.cwd());
    const model = await openModel(folder, { device: "cpu" });
    const { family, parameters, prediction, hash } = model.info;
    await model.release();
    const count = Object.values(parameters ?? {}).reduce((sum, part) => sum + part, 0);
    return {
      good: true,
      lines: [
        `model ${name}: ${family}, ${(count / 1e6).toFixed(1)} million parameters, ${prediction}, sha256 ${hash.slice(0, 12)}`,
        folder,
      ],
    };
  } catch (error) {
    return { good: false, lines: describeProblem(error) };
  }
}

function describeProblem(error: unknown): string[] {
  if (!(error instanceof AnimateError)) throw error;
  const place = error.where === undefined ? "" : `${error.where}: `;
  return [place + error.message, ...(error.hint === undefined ? [] : [`hint: ${error.hint}`])];
}
