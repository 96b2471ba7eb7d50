/** The examples are what people start from: each has to load, plan and pass the linter, and to be shown. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lintSettings } from "../src/schedule/lint.ts";
import { planFrames } from "../src/schedule/plan.ts";
import { loadSettings } from "../src/settings/load.ts";

const NAMES = readdirSync("schedules").flatMap((file) => /^(.*)\.yaml$/.exec(file)?.slice(1) ?? []);

/** Renders with a checkpoint that is not embedded, so there is nothing to show here. */
const NOT_SHOWN = ["superman-sd15"];

/** Keys behind the end are for a longer cut, as its comments say; tumble and moments of calm are meant. */
const SUPERMAN = [
  "motion",
  "motion.rotation_3d_x",
  "motion.rotation_3d_y",
  "motion.rotation_3d_z",
  "noise.amount",
];
const MEANT: Readonly<Record<string, readonly string[]>> = {
  superman: SUPERMAN,
  "superman-sd15": SUPERMAN,
};

function load(name: string) {
  const file = `schedules/${name}.yaml`;
  return loadSettings({ file, text: readFileSync(file, "utf8") });
}

describe("schedules/", () => {
  it.each(NAMES)(
    "%s.yaml loads, has a plan for each frame, and the linter finds nothing that is not meant",
    (name) => {
      const loaded = load(name);
      expect(loaded.settings.name).toBe(name);
      expect(planFrames(loaded.settings)).toHaveLength(loaded.settings.frames);
      const unexpected = lintSettings(loaded).filter(({ path }) => !MEANT[name]?.includes(path));
      expect(unexpected).toEqual([]);
    },
  );

  it.each(NAMES.filter((name) => !NOT_SHOWN.includes(name)))(
    "%s.yaml is shown in the gallery, with its command",
    (name) => {
      const page = readFileSync("docs/gallery/README.md", "utf8");
      expect(page).toContain(`npx animate --schedule schedules/${name}.yaml`);
      expect(page).toContain(`](${name}.jpg)`);
      expect(statSync(`docs/gallery/${name}.jpg`).size).toBeLessThanOrEqual(150_000);
    },
  );

  it("has a schedule for each sheet of the gallery", () => {
    const sheets = readdirSync("docs/gallery").filter((file) => file.endsWith(".jpg"));
    expect(sheets.length).toBeGreaterThanOrEqual(8);
    expect(sheets.filter((sheet) => !existsSync(`schedules/${sheet.replace(".jpg", ".yaml")}`))).toEqual([]);
  });
});
