import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { startReading } from "./reading-process.ts";

const STALL_MS = 3000;

/** Reads three bytes from a program in JavaScript that stands for ffmpeg. */
async function readFrom(script: string): Promise<{ pieces: number[][]; failure: string | undefined }> {
  const program = join(await temporaryFolder(), "ffmpeg");
  await writeFile(program, `#!${process.execPath}\n${script}\n`);
  await chmod(program, 0o755);
  const reading = startReading(program, [], 1, STALL_MS);
  try {
    const pieces: number[][] = [];
    for await (const piece of reading.pieces(1, 3)) pieces.push([...piece]);
    return { pieces, failure: await reading.failure() };
  } finally {
    await reading.stop();
  }
}

it.skipIf(process.platform === "win32")(
  "waits for the first picture while frames are told on the way to it",
  async () => {
    const slow = `
      let told = 0;
      const telling = setInterval(() => {
        console.error("[Parsed_showinfo_1 @ 0x1] n: 1 pts: 40000");
        if (++told < 5) return;
        clearInterval(telling);
        process.stdout.write("abc");
      }, 700);`;
    expect(await readFrom(slow)).toEqual({ pieces: [[97, 98, 99]], failure: undefined });
  },
);

it.skipIf(process.platform === "win32")("ends a program that neither gives nor says anything", async () => {
  expect(await readFrom("setTimeout(() => {}, 60_000)")).toEqual({
    pieces: [],
    failure: "it gave nothing for 3 s",
  });
});
