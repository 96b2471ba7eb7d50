/** What was found on this machine, and what to do about what was not. */

import { cpus, freemem, totalmem } from "node:os";
import * as ort from "onnxruntime-node";
import { AnimateError } from "../errors.ts";
import { findModel, listEmbeddedModels } from "../models/find-model.ts";
import { openModel } from "../models/open-model.ts";
import { selectProvider } from "../models/session.ts";
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
  return [system(), memory(), await ffmpeg(), runtime(), await cuda(), ...(await models())];
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

function runtime(): Finding {
  const backends = ort
    .listSupportedBackends()
    .map(({ name, bundled }) => (bundled ? name : `${name} (not bundled)`));
  return { good: true, lines: [`ONNX Runtime ${runtimeVersion}: ${backends.join(", ")}`] };
}

/** A machine without CUDA is a healthy machine; the way to add it is said all the same. */
async function cuda(): Promise<Finding> {
  try {
    await selectProvider("cuda");
    return { good: true, lines: ["CUDA: usable, and used unless --device cpu"] };
  } catch (error) {
    const [reason = ""] = describeProblem(error);
    return {
      good: true,
      lines: [
        "CUDA: not in use, models run on the CPU",
        reason.split("\n")[0]!.slice(0, 200),
        "to add it, with an NVIDIA card and its driver:",
        `  1. pip download --no-deps onnxruntime-gpu==${runtimeVersion} and unzip the wheel`,
        "  2. copy onnxruntime/capi/libonnxruntime_providers_cuda.so and libonnxruntime_providers_shared.so",
        "     into node_modules/onnxruntime-node/bin/napi-v6/linux/x64/",
        "  3. install CUDA 13 and cuDNN 9, and let LD_LIBRARY_PATH name their libraries before animate starts",
        "  4. run `animate doctor` again",
      ],
    };
  }
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
    const count = parameters.unet + parameters.vae + parameters.textEncoder;
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
