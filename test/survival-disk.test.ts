/** Renders on disks that fill up or break, and in folders that cannot be written to. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { halfWritten, surviveFaults } from "./torture/faults.ts";
import { noteFigures } from "./torture/figures.ts";
import { begin, live } from "./torture/life.ts";
import { commandLine, SCENARIOS, scenarioFolder } from "./torture/scenario.ts";
import { patience, tortureSizes } from "./torture/sizes.ts";
import { canMountDisks, mountDisk, remountDisk, unmountDisk } from "./torture/small-disk.ts";
import { liveTraced } from "./torture/trace.ts";
import { differencesOf, remainsIn, withUndisturbed } from "./torture/undisturbed.ts";

const { faults, fullDisks } = tortureSizes();
const scenario = { ...SCENARIOS[0]!, frames: 4 };
const args = commandLine(scenario);
const canMount = await canMountDisks();

/** More than the render takes, so that disks of every fill come up. */
const ENOUGH_BYTES = 900_000;

describe("a render whose file calls fail", () => {
  it(
    "says so with bytes and path, leaves no half file, and goes on with the same bytes",
    async () => {
      const figures = await withUndisturbed(scenario, (undisturbed) =>
        surviveFaults(scenario, undisturbed, faults),
      );
      await noteFigures("file calls that fail", { ...figures });
      expect(figures.swept).toBe(Math.min(faults, figures.calls));
    },
    patience(Math.min(faults, 400) * 2),
  );

  it.each([
    ["EACCES", "no right to write there"],
    ["EROFS", "the file system is read-only"],
  ])(
    "is told when nothing can be written at all, %s",
    async (code, reason) => {
      const folder = await scenarioFolder(scenario);
      const { life } = await liveTraced(folder, scenario, { failAt: 1, code, lasts: true });
      expect(life.exitCode).toBe(6);
      expect(life.stderr).toMatch(/^error: .*\/renders\/a.*\n\s+hint: /s);
      expect(life.stderr).toContain(reason);
      await rm(folder, { recursive: true });
    },
    patience(1),
  );
});

describe.skipIf(!canMount)("a render on a small disk (a tmpfs has to be mounted)", () => {
  it(
    "says that the disk is full, and goes on with the same bytes when there is room",
    async () => {
      await withUndisturbed(scenario, async (undisturbed) => {
        let filled = 0;
        for (let i = 1; i <= fullDisks; i++) {
          const folder = await scenarioFolder(scenario);
          const disk = join(folder, "renders");
          await mountDisk(disk, Math.ceil((i * ENOUGH_BYTES) / fullDisks / 4096) * 4096);
          try {
            const { exitCode, stderr } = await live(folder, args);
            if (exitCode !== 0) {
              filled++;
              expect(stderr).toMatch(
                /^error: .*\/renders\/a.*(the disk is full|no space left).*\n\s+hint: free/is,
              );
              expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
              expect(await halfWritten(folder, scenario, undisturbed)).toEqual([]);
            }
            await remountDisk(disk, "size=64m");
            expect((await live(folder, args)).exitCode).toBe(0);
            expect(differencesOf(await remainsIn(folder, scenario), undisturbed.remains)).toEqual([]);
          } finally {
            await unmountDisk(disk);
          }
          await rm(folder, { recursive: true });
        }
        await noteFigures("disks that were full", { disks: fullDisks, filled });
        expect(filled).toBeGreaterThanOrEqual(fullDisks / 2);
      });
    },
    patience(2 * fullDisks),
  );

  it(
    "says when the disk is read-only",
    async () => {
      const folder = await scenarioFolder(scenario);
      const disk = join(folder, "renders");
      await mountDisk(disk, ENOUGH_BYTES);
      try {
        await remountDisk(disk, "ro");
        const { exitCode, stderr } = await live(folder, args);
        expect(exitCode).toBe(6);
        expect(stderr).toMatch(/^error: .*\/renders\/a.*read-only.*\n\s+hint: /is);
      } finally {
        await unmountDisk(disk);
      }
      await rm(folder, { recursive: true });
    },
    patience(1),
  );
});

describe("a render whose folder goes away", () => {
  it(
    "ends with an error when it is removed, and begins again",
    async () => {
      await withUndisturbed(scenario, async (undisturbed) => {
        const folder = await scenarioFolder(scenario);
        const command = begin(folder, args);
        await command.when(({ type, frame }) => type === "frame" && frame === 1);
        await rm(join(folder, "renders"), { recursive: true, force: true });
        const { exitCode, stderr } = await command.end;
        expect([4, 5, 6]).toContain(exitCode);
        expect(stderr).toMatch(/^error: .*\n\s+hint: /s);
        expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
        expect((await live(folder, args)).exitCode).toBe(0);
        expect(differencesOf(await remainsIn(folder, scenario), undisturbed.remains)).toEqual([]);
        await rm(folder, { recursive: true });
      });
    },
    patience(3),
  );

  it.each([
    ["a name that is too long", "x".repeat(300)],
    ["a file in its place", "a.yaml"],
    ["a file among the folders around it", "a.yaml/run"],
  ])(
    "is refused with %s",
    async (_, out) => {
      const folder = await scenarioFolder(scenario);
      await mkdir(join(folder, "renders"));
      const { exitCode, stderr } = await live(folder, [...args, "--out", out]);
      expect(exitCode).toBe(6);
      expect(stderr).toMatch(/^error: .*(xxx|a\.yaml).*\n\s+hint: /s);
      expect(stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
      await rm(folder, { recursive: true });
    },
    patience(1),
  );
});
