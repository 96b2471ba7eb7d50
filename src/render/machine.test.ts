import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { describeGraphics, describeProcessor } from "./machine.ts";

it("keeps the instructions that kernels are chosen by", async () => {
  const file = join(await temporaryFolder(), "cpuinfo");
  await writeFile(
    file,
    "processor\t: 0\nflags\t\t: fpu sse4_1 avx2 avx512f aes avx512_vnni amx_tile\n\nprocessor\t: 1\n",
  );
  const expected = ["amx_tile", "avx2", "avx512_vnni", "avx512f", "sse4_1"];
  expect((await describeProcessor(file)).instructions).toEqual(expected);
  await writeFile(file, "Features\t: fp asimd aes asimddp sve2\n");
  expect((await describeProcessor(file)).instructions).toEqual(["asimd", "asimddp", "sve2"]);
});

it("says so where the system does not tell", async () => {
  const processor = await describeProcessor(join(await temporaryFolder(), "missing"));
  expect(processor).toMatchObject({ platform: `${process.platform}-${process.arch}`, instructions: null });
});

it("reads a graphics card's name as NVIDIA's driver tells it", async () => {
  const driver = await temporaryFolder();
  expect(await describeGraphics(driver)).toBeNull();
  await mkdir(join(driver, "0000:0a:00.0"));
  await writeFile(join(driver, "0000:0a:00.0", "information"), "Model: \t\t NVIDIA H200\nIRQ:   \t\t 12\n");
  expect(await describeGraphics(driver)).toBe("NVIDIA H200");
});
