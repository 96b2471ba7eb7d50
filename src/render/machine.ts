/** What this machine computes with, as far as it decides the last bits of results: processor and graphics card. */

import { readdir, readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { naturalOrder } from "../natural-order.ts";

export interface Processor {
  /** As it names itself. */
  readonly name: string;
  /** `linux-x64`: ONNX Runtime is built for each apart. */
  readonly platform: string;
  /** Instructions by which ONNX Runtime chooses its kernels, in the words of `/proc/cpuinfo`, sorted; null where the system does not tell. */
  readonly instructions: readonly string[] | null;
}

/** Of all that `/proc/cpuinfo` lists, what kernels for matrices and vectors are chosen by. */
const DECIDING =
  /^(?:sse4_1|avx|avx2|fma|f16c|avx_vnni\w*|avx512\w+|avx10\w*|amx_\w+|asimd|asimdhp|asimddp|fphp|i8mm|bf16|sve\w*|sme\w*)$/;

export async function describeProcessor(cpuinfo = "/proc/cpuinfo"): Promise<Processor> {
  const text = await readFile(cpuinfo, "utf8").catch(() => "");
  // x86 says flags, ARM features; the first processor speaks for all.
  const [, list] = /^(?:flags|Features)\s*:(.*)$/m.exec(text) ?? [];
  return {
    name: cpus()[0]?.model ?? "unknown",
    platform: `${process.platform}-${process.arch}`,
    instructions:
      list === undefined
        ? null
        : list
            .split(/\s+/)
            .filter((word) => DECIDING.test(word))
            .toSorted(),
  };
}

/** The first graphics card, as NVIDIA's driver names it; null where there is none, or the driver does not tell. */
export async function describeGraphics(driver = "/proc/driver/nvidia/gpus"): Promise<string | null> {
  const [first] = (await readdir(driver).catch(() => [])).toSorted(naturalOrder);
  if (first === undefined) return null;
  const text = await readFile(`${driver}/${first}/information`, "utf8").catch(() => "");
  return /^Model:\s*(.+?)\s*$/m.exec(text)?.[1] ?? null;
}
