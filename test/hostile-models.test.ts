/** What a user sees of damaged and hostile model files: one sentence and advice, never a stack. */

import { describe, expect, it } from "vitest";
import { runAnimate } from "./run-animate.ts";
import { checkpointFolder } from "./support/edited-checkpoint.ts";
import { HOSTILE_MODELS } from "./support/hostile-models.ts";

/** One of each kind: the commands about the others differ in nothing but the sentence. */
const SAMPLE = [
  "a checkpoint with a missing weight of the UNet",
  "a checkpoint with two weights on the same bytes",
  "a file cut off in the data",
  "a header of 2^64 − 1 bytes",
  "a pickle in a zip archive under another name",
  "a file without data that claims layers without end",
  "an index with a way up",
  "an export with weights outside its folder",
];

describe("`animate models check`", () => {
  it.each(SAMPLE)("refuses %s", async (title) => {
    const { write, message, hint } = HOSTILE_MODELS.find((model) => model.title === title)!;
    const path = await write(await checkpointFolder());
    const { exitCode, stdout, stderr } = await runAnimate("/", ["models", "check", path, "--device", "cpu"]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^ {2}hint: .+/m);
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).not.toContain("The model can be used.");
  });
});
