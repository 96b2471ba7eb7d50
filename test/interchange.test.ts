import { copyFile, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readFrames, readManifest, runAnimate, temporaryFolder } from "./run-animate.ts";

const EXAMPLE = fileURLToPath(new URL("fixtures/interchange/example_settings.txt", import.meta.url));

/** The embedded model at a size and with steps for which a test has time; all else as in the file. */
const QUICK = ["--size", "96x64", "--steps", "4", "--set", "thumbnails.count=0"];

describe("a settings file of Deforum", () => {
  it("imports, renders, exports and imports again unchanged", async () => {
    const folder = await temporaryFolder();
    await copyFile(EXAMPLE, join(folder, "settings.txt"));

    const imported = await runAnimate(folder, ["import", "settings.txt", "--out", "harbour.yaml"]);
    expect(imported.exitCode, imported.stderr).toBe(0);
    expect(imported.stderr).toContain("settings.txt:256:5 sd_model_name");

    const rendered = await runAnimate(folder, [
      "--schedule",
      "harbour.yaml",
      "--frames",
      "20",
      ...QUICK,
      "--out",
      "run",
    ]);
    expect(rendered.exitCode, rendered.stderr).toBe(0);
    expect(await readdir(join(folder, "run/frames"))).toHaveLength(20);

    const exported = await runAnimate(folder, [
      "export",
      "harbour.yaml",
      "--to",
      "deforum",
      "--out",
      "again.txt",
    ]);
    expect(exported.exitCode, exported.stderr).toBe(0);
    const again = await runAnimate(folder, ["import", "again.txt", "--out", "again.yaml"]);
    expect(again.exitCode, again.stderr).toBe(0);
    const bare = async (file: string): Promise<string> =>
      (await readFile(join(folder, file), "utf8")).replaceAll(/^#.*\n/gm, "").trim();
    expect(await bare("again.yaml")).toBe(await bare("harbour.yaml"));
  }, 300_000);

  it("renders directly to the same frames, and keeps the schedule that it became", async () => {
    const folder = await temporaryFolder();
    await copyFile(EXAMPLE, join(folder, "settings.txt"));
    const quick = ["--frames", "7", ...QUICK];
    const direct = await runAnimate(folder, ["--schedule", "settings.txt", ...quick, "--out", "direct"]);
    expect(direct.exitCode, direct.stderr).toBe(0);
    expect(direct.stderr).toContain("sd_model_name");
    await runAnimate(folder, ["import", "settings.txt", "--out", "harbour.yaml"]);
    await runAnimate(folder, ["--schedule", "harbour.yaml", ...quick, "--out", "by-yaml"]);
    expect(await readFrames(join(folder, "direct"))).toEqual(await readFrames(join(folder, "by-yaml")));
    expect((await readManifest(join(folder, "direct"))).frames).toHaveLength(7);
    expect(await readFile(join(folder, "direct/schedule.yaml"), "utf8")).toContain("deforum_exact: true");
  }, 300_000);

  it("with mistakes is refused with their places, and nothing is written over", async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, "bad.txt"),
      '{\n  "max_frames": 9,\n  "zoom": "0:(1+coss(t))",\n  "prompts": {"0": "x"}\n}',
    );
    const refused = await runAnimate(folder, ["import", "bad.txt", "--out", "bad.yaml"]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("bad.txt:3:17 motion.zoom: expected a known name, found `coss`");
    await writeFile(join(folder, "good.txt"), '{"max_frames": 9, "prompts": {"0": "x"}}');
    await writeFile(join(folder, "mine.yaml"), "prompts: precious\n");
    const kept = await runAnimate(folder, ["import", "good.txt", "--out", "mine.yaml"]);
    expect(kept.exitCode).toBe(6);
    expect(await readFile(join(folder, "mine.yaml"), "utf8")).toBe("prompts: precious\n");
  });
});
