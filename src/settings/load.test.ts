import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { mistakesIn } from "../../test/support/settings-mistakes.ts";
import { FileError } from "../errors.ts";
import { loadSettings, readSettings } from "./load.ts";
import type { Override } from "./overrides.ts";
import { allSettings } from "./setting-list.ts";
import { valueAt } from "./value-at.ts";

function load(text: string, overrides: readonly Override[] = []) {
  return loadSettings({ file: "a.yaml", text }, overrides);
}

function settingsOf(text: string, overrides: readonly Override[] = []) {
  return load(text, overrides).settings;
}

describe("a schedule file that can be read", () => {
  it("needs nothing but prompts, and is complete after loading", () => {
    const settings = settingsOf("prompts: a red balloon");
    for (const { path } of allSettings) expect(valueAt(settings, path.split(".")), path).not.toBe(undefined);
    expect(settings.prompts).toEqual({ 0: "a red balloon" });
    expect(settings.size).toEqual({ width: 256, height: 256 });
    expect(settings.strength).toBe(0.65);
    expect(settings.noise).toMatchObject({
      amount: 0.065,
      type: "perlin",
      perlin_width: 8,
      multiplier: 1.05,
    });
  });

  it("stands still by default: its camera does not move", () => {
    const { motion } = settingsOf("prompts: x");
    expect(motion).toMatchObject({
      zoom: 1,
      angle: 0,
      translation_x: 0,
      translation_z: 0,
      rotation_3d_y: 0,
      fov: 70,
    });
  });

  it("keeps what was written, schedules as text", () => {
    const settings = settingsOf(
      "prompts: { 0: a, 2s: b }\nsize: { width: 384, height: 216 }\nmotion:\n  zoom: 0:(1), 30:(1.2)\n  angle: { 0: 1, 30: { value: 2, easing: ease_in } }",
    );
    expect(settings.prompts).toEqual({ 0: "a", "2s": "b" });
    expect(settings.size).toEqual({ width: 384, height: 216 });
    expect(settings.motion.zoom).toBe("0:(1), 30:(1.2)");
    expect(settings.motion.angle).toEqual({ 0: 1, 30: { value: 2, easing: "ease_in" } });
  });

  it.each([
    ["DPM++ 2M Karras", "dpmpp_2m_karras"],
    ["euler A", "euler_a"],
    ["DDIM", "ddim"],
    ["lcm", "lcm"],
    ["k_euler_a", "euler_a"],
    ["dpmpp_2m_sde_gpu", "dpmpp_2m_sde"],
    ["UniPCMultistepScheduler", "unipc"],
  ])("knows the sampler name %s of other programs", (name, sampler) => {
    expect(settingsOf(`prompts: x\nsampler: ${name}`).sampler).toBe(sampler);
  });

  it("may begin with a byte order mark and end lines as Windows does", () => {
    expect(settingsOf("\ufeffprompts: x\r\nfps: 24\r\n").fps).toBe(24);
  });

  it("may repeat a curve by an alias", () => {
    const { motion } = settingsOf(
      "prompts: x\nmotion:\n  angle: &curve { 0: 0, 30: 5 }\n  translation_x: *curve",
    );
    expect(motion.translation_x).toEqual({ 0: 0, 30: 5 });
  });

  it.each([
    ["schedules/super man.yaml", "super man"],
    ["/tmp/a/böse.yml", "b-se"],
    ["/dev/fd/.yaml", "animation"],
  ])("is named after its file %s unless it says otherwise", (file, name) => {
    expect(loadSettings({ file, text: "prompts: x" }).settings.name).toBe(name);
    expect(loadSettings({ file, text: "prompts: x\nname: mine" }).settings.name).toBe("mine");
  });
});

describe("values of flags", () => {
  it("stand above those of the file, the last one wins", () => {
    const overrides = [
      { path: "frames", value: 30, location: "--frames" },
      { path: "motion.zoom", value: 1.1, location: "--set motion.zoom" },
      { path: "motion.zoom", value: 1.2, location: "--set motion.zoom" },
      { path: "prompts.2.5s", value: "later", location: "--set prompts.2.5s" },
    ];
    const settings = settingsOf("prompts: { 0: x }\nframes: 10\nmotion: { zoom: 1, angle: 3 }", overrides);
    expect(settings.frames).toBe(30);
    expect(settings.motion).toMatchObject({ zoom: 1.2, angle: 3 });
    expect(settings.prompts).toEqual({ 0: "x", "2.5s": "later" });
  });

  it("make the groups that the file does not have, and replace values the file has wrong", () => {
    const overrides = [
      { path: "feedback.sharpen.amount", value: 0, location: "--set feedback.sharpen.amount" },
      { path: "fps", value: 20, location: "--fps" },
    ];
    const settings = settingsOf("prompts: x\nfps: fast", overrides);
    expect(settings.feedback.sharpen.amount).toBe(0);
    expect(settings.fps).toBe(20);
  });

  it("do not change another place that an alias shares", () => {
    const text = "prompts: x\nmotion:\n  angle: &curve { 0: 0 }\n  translation_x: *curve";
    const { motion } = settingsOf(text, [{ path: "motion.angle.0", value: 9, location: "--set" }]);
    expect([motion.angle, motion.translation_x]).toEqual([{ 0: 9 }, { 0: 0 }]);
  });

  it("are named as the place of their mistakes, behind those of the file", () => {
    const overrides = [
      { path: "frames", value: "many", location: "--frames" },
      { path: "motion.zom", value: 1, location: "--set motion.zom" },
      { path: "motion.zoom", value: "0:(sine(t))", location: "--set motion.zoom" },
      { path: "prompts.30", value: "y", location: "--set prompts.30" },
      { path: "motion..zoom", value: 1, location: "--set motion..zoom" },
    ];
    expect(mistakesIn("prompts: x\nfps: 0", overrides)).toBe(
      [
        "a.yaml:2:6 fps: expected a number from 1 to 120 (frames per second), found 0",
        '--set prompts.30: expected prompts to be a mapping in the file, found text "x"',
        "    hint: set prompts as a whole",
        '--set motion..zoom: expected the path of a setting, found text "motion..zoom"',
        '--frames: expected a whole number from 1 to 100000 (frames), found text "many"',
        '--set motion.zom: expected the name of a setting, found "zom"',
        "    hint: did you mean motion.zoom (zoom under motion:)?",
        "--set motion.zoom: expected a known name, found `sine`",
        "    hint: did you mean sin?",
      ].join("\n"),
    );
  });
});

it("reports all mistakes at once, in the order of the file", () => {
  const text = [
    "fps: 0",
    "prompts: x",
    "motion:",
    "  zom: 1",
    "  angle: '0:(sine(t))'",
    "  fov: 200",
    "size: 100x100",
    "seed: 1",
    "seed: 2",
  ].join("\n");
  expect(mistakesIn(text).split("\n")).toEqual([
    "a.yaml:1:6 fps: expected a number from 1 to 120 (frames per second), found 0",
    'a.yaml:4:3 motion.zom: expected the name of a setting, found "zom"',
    "    hint: did you mean motion.zoom (zoom under motion:)?",
    "a.yaml:5:14 motion.angle: expected a known name, found `sine`",
    "    hint: did you mean sin?",
    "a.yaml:6:8 motion.fov: expected values from -179 to 179 (degrees), found 200 at frame 0",
    "    hint: animate plan prints the value of every frame",
    "a.yaml:7:7 size: expected a width and height that are multiples of 8 from 64 to 2048, found 100x100",
    "    hint: the nearest valid sizes are 96x96 and 104x104",
    'a.yaml:9:1 seed: expected each key once, found "seed" again',
    "    hint: the first one is in line 8; remove one of them",
  ]);
});

describe("reading from disk", () => {
  it("says what is wrong with a missing file, a folder, a long file and other encodings", async () => {
    const folder = await mkdtemp(join(tmpdir(), "animate-settings-"));
    try {
      const hint = "give the path of a .yaml file, such as schedules/superman.yaml";
      const missing = join(folder, "none.yaml");
      await expect(readSettings(missing)).rejects.toMatchObject({
        constructor: FileError,
        where: missing,
        message: "expected a schedule file, found no such file",
        hint,
      });
      await expect(readSettings(folder)).rejects.toMatchObject({
        message: "expected a schedule file, found a folder",
        hint,
      });

      const long = join(folder, "long.yaml");
      await writeFile(long, "#".repeat(300_000));
      await expect(readSettings(long)).rejects.toThrow(
        `${long}:1:1: expected at most 262144 bytes, found 300000`,
      );

      const latin = join(folder, "latin.yaml");
      await writeFile(latin, Buffer.from("prompts: x\nname: caf\u00e9", "latin1"));
      await expect(readSettings(latin)).rejects.toThrow(
        `${latin}:2:10: expected UTF-8 text, found other bytes\n    hint: save the file as UTF-8`,
      );

      const good = join(folder, "good.yaml");
      await writeFile(good, "prompts: ein Bär");
      const loaded = await readSettings(good, [{ path: "fps", value: 8, location: "--fps" }]);
      expect(loaded).toMatchObject({
        file: good,
        text: "prompts: ein Bär",
        settings: { name: "good", fps: 8 },
      });
      expect(loaded.locate(["prompts"])).toBe(`${good}:1:10`);
      expect(loaded.locate(["fps"])).toBe("--fps");
      expect(loaded.locate(["motion", "zoom"])).toBe(`${good}:1:1`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
