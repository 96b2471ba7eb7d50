// How much of the reference is compared, by the reference's folders. Computed with deforum-art/sd-webui-deforum 32242685.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readGolden } from "./support/deforum-fixtures.ts";
import { LOOP_DEVIATIONS } from "./support/loop-deviations.ts";
import { TRACE_NAMES } from "./support/loop-traces.ts";

interface Row {
  readonly folder: string;
  readonly what: string;
  /** How many the reference has. */
  readonly count: number;
  /** Where the fixtures have them: a JSON file, and the key of the list in it. */
  readonly golden: string;
  readonly key?: string;
  /** The test that goes through all of them, and names what it does otherwise. */
  readonly test: string;
}

function row(what: string, count: number, golden: string, test: string, key?: string): Row {
  return { folder: golden.split("/")[0]!, what, count, golden, test, ...(key && { key }) };
}

/** `expand` of `prompts/expand.json`, as tests name it. */
function fileName(golden: string): string {
  return golden.split("/")[1]!.replace(".json", "");
}

const SCHEDULES = "src/schedule/deforum-schedules.test.ts";

const ROWS: readonly Row[] = [
  row("schedules", 153, "schedules/schedules.json", SCHEDULES),
  row("formulas", 156, "schedules/expressions.json", SCHEDULES, "rows"),
  row("default schedules", 52, "schedules/default-series.json", SCHEDULES),
  row("fills", 12, "schedules/interpolation.json", SCHEDULES),
  row("sequences of seeds", 7, "schedules/seeds.json", SCHEDULES),
  row("prompts with maths", 69, "prompts/prompt_math.json", "src/schedule/prompt-text.test.ts"),
  row("prompts by frame", 11, "prompts/expand.json", "src/schedule/prompt-plan.test.ts"),
  row("blended prompts", 10, "prompts/interpolation_mode.json", "src/schedule/interpolation-plan.test.ts"),
  row("merged boxes", 12, "prompts/merge.json", "src/interchange/import-deforum.test.ts"),
  row("moves, with two borders each", 24, "warp2d/warp2d.json", "src/motion/warp.test.ts", "cases"),
  row("matrices", 9, "warp2d/matrices.json", "src/motion/camera.test.ts"),
  row("moves", 36, "warp3d/warp3d.json", "src/motion/warp.test.ts", "cases"),
  row("rotations", 5, "warp3d/rotations.json", "src/motion/camera.test.ts"),
  row("modes", 5, "color/color.json", "src/feedback/color-match.test.ts", "modes"),
  row("maps of a channel", 2, "color/color.json", "src/feedback/color-match.test.ts", "single_channel_maps"),
  row("tiny maps", 4, "color/color.json", "src/feedback/color-match.test.ts", "tiny"),
  row("contrasts", 12, "color/color.json", "src/feedback/contrast.test.ts", "contrast_tables"),
  row("cases", 22, "noise/noise.json", "src/feedback/noise.test.ts", "cases"),
  row("seeds of the generator", 6, "noise/noise.json", "src/feedback/noise.test.ts", "raw"),
  row("Perlin fields", 3, "noise/noise.json", "src/feedback/noise.test.ts", "perlin_fields"),
  row("statistics", 2, "noise/noise.json", "src/feedback/noise.test.ts", "statistics"),
  row("cases", 16, "sharpen/sharpen.json", "src/feedback/sharpen.test.ts", "cases"),
  row("flows applied, found and fitted", 11, "flow/flow.json", "src/flow/apply-flow.test.ts", "cases"),
  row("composites", 17, "hybrid/hybrid.json", "src/hybrid/composite.test.ts", "cases"),
  row("expressions", 26, "masks/masks.json", "src/schedule/mask-expression.test.ts", "composable"),
  row("pictures prepared", 5, "masks/masks.json", "src/render/mask-pictures.test.ts", "prepare"),
  row(
    "pictures that count as blank",
    6,
    "masks/masks.json",
    "src/render/mask-pictures.test.ts",
    "blank_check",
  ),
  row("tables of guided images", 2, "loop/guided_images.json", "src/schedule/guided-plan.test.ts"),
  row("names of folders", 9, "loop/batch_name.json", "src/interchange/run-name.test.ts"),
];

describe("the reference's goldens", () => {
  it.each(ROWS)("$golden: all $count $what are compared", ({ count, golden, key, test }) => {
    const found = readGolden<Record<string, object>>(golden);
    expect(Object.keys(key === undefined ? found : found[key]!)).toHaveLength(count);
    expect(readFileSync(test, "utf8").includes(fileName(golden)), test).toBe(true);
  });

  it("loop: all 57 traces are compared", () => {
    expect(TRACE_NAMES).toHaveLength(57);
    expect(TRACE_NAMES).toEqual(expect.arrayContaining([...LOOP_DEVIATIONS.keys()]));
  });

  it("are so many per folder", () => {
    const traces = { folder: "loop", count: TRACE_NAMES.length, what: "traces" };
    const all = [...ROWS, traces];
    const folders = [...new Set(all.map(({ folder }) => folder))];
    const lines = folders.map((folder) => {
      const rows = all.filter((one) => one.folder === folder);
      const total = rows.reduce((sum, { count }) => sum + count, 0);
      const parts = rows.map(({ count, what }) => `${count} ${what}`).join(", ");
      return `  ${folder.padEnd(10)}${String(total).padStart(4)}: ${parts}`;
    });
    const deviations = [...LOOP_DEVIATIONS].map(([name, reason]) => `  ${name}: ${reason}`);
    process.stdout.write(
      [
        "Goldens per folder:",
        ...lines,
        `Of ${TRACE_NAMES.length} traces ${TRACE_NAMES.length - LOOP_DEVIATIONS.size} come out as they are; otherwise on purpose:`,
        ...deviations,
        "",
      ].join("\n"),
    );
    expect(folders).toHaveLength(11);
  });
});
