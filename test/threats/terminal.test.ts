/** Text of others on its way to a terminal or into logs: nothing in names, prompts, files or messages steers what shows it. */

import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFootage } from "../../src/footage/open-footage.ts";
import { printable } from "../../src/printable.ts";
import { runAnimate, temporaryFolder, TINY_MODEL } from "../run-animate.ts";
import { KOHYA_LORA } from "../support/lora-file.ts";

/** Clears the screen, sets the title, hides a link, goes back in the line, rings, turns text round, hides itself; C1, line ends of Unicode, a tag. */
const EVIL =
  "\u001b[2J\u001b]0;owned\u0007\u001b]8;;http://x\u001b\\\rok\u0008\u202egnp\u200b\u009b31m\u0085\u2028\u2029\u{e0041}";
/** What of it a file name may hold. */
const EVIL_NAME = EVIL.replaceAll(/[/\\]/g, "");

/** Everything but line ends and what is printed as it looks. */
const STEERS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

async function evilFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "loras"));
  await copyFile(KOHYA_LORA, join(folder, "loras", `${EVIL_NAME}.safetensors`));
  await mkdir(join(folder, "models", EVIL_NAME), { recursive: true });
  await writeFile(
    join(folder, "evil.yaml"),
    [
      `model: ${TINY_MODEL}`,
      "size: 64x64",
      "frames: 3",
      "steps: 1",
      "seed: 1",
      `prompts: ${JSON.stringify({ 0: `a hero ${EVIL}`, 2: EVIL })}`,
      `loras: ${JSON.stringify([{ name: EVIL_NAME, weight: "0:(0), 2:(1)" }])}`,
      "thumbnails: { count: 0 }",
    ].join("\n"),
  );
  return folder;
}

async function printedBy(folder: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runAnimate(folder, args, { ANIMATE_LIBRARY: folder });
  const printed = stdout + stderr;
  const found = STEERS.exec(printed.replaceAll("\n", ""));
  expect(found && `${printable(found[0])} in ${printable(printed)}`, args.join(" ")).toBeNull();
  return printed;
}

describe("what the command prints steers no terminal", () => {
  it("of a render, as events for programs and as a report", async () => {
    const folder = await evilFolder();
    const events = await printedBy(folder, ["-s", "evil.yaml", "--json", "--out", "a"]);
    expect(events.split("\n").filter((line) => line.includes('"type":"frame"'))).toHaveLength(3);
    for (const line of events.trim().split("\n")) expect(JSON.parse(line)).toBeTypeOf("object");
    expect(await printedBy(folder, ["-s", "evil.yaml", "--out", EVIL_NAME, "--frames", "1"])).toContain(
      "1 frames rendered",
    );
  });

  it("of a plan, its warnings, and the library", async () => {
    const folder = await evilFolder();
    expect(await printedBy(folder, ["plan", "evil.yaml"])).toContain("a hero");
    expect(await printedBy(folder, ["plan", "evil.yaml", "--json"])).toContain('"frame":2');
    await printedBy(folder, ["lint", "evil.yaml"]);
    expect(await printedBy(folder, ["models", "list"])).toContain("owned");
    expect(await printedBy(folder, ["models", "list", "--json"])).toContain("owned");
  });

  it("of mistakes: in files, in names of files, in flags", async () => {
    const folder = await evilFolder();
    const name = `${EVIL_NAME}.yaml`;
    await writeFile(
      join(folder, name),
      `prompts: x\n${JSON.stringify(EVIL)}: 1\nmode: ${JSON.stringify(EVIL)}\n`,
    );
    const mistakes = await printedBy(folder, ["-s", name]);
    expect(mistakes).toContain("\\u{1b}[2J");
    expect(mistakes).toContain(":3:7 mode");
    await printedBy(folder, ["-s", "evil.yaml", "--set", `motion.zoom=0:(${EVIL})`]);
    await printedBy(folder, ["-s", "evil.yaml", "--model", `./${EVIL_NAME}`]);
    await printedBy(folder, ["-s", "evil.yaml", `--${EVIL}`]);
    await printedBy(folder, ["thumbnails", EVIL_NAME]);
  });
});

it("what ffmpeg says of a file steers no terminal", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, `${EVIL_NAME}.mp4`);
  await writeFile(path, `\0\0\0\x18ftypmp42${EVIL.repeat(20)}`);
  const error: unknown = await openFootage(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  const { exitCode, stderr } = await runAnimate(folder, ["thumbnails", path]);
  expect(exitCode).not.toBe(0);
  expect(stderr.replaceAll("\n", "")).not.toMatch(STEERS);
});
