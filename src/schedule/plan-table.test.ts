import { describe, expect, it } from "vitest";

import { loadSettings } from "../settings/load.ts";
import { scheduledSettings } from "../settings/setting-list.ts";
import { planCsv, planJson, planText } from "./plan-table.ts";
import { planFrames } from "./plan.ts";

function planOf(text: string) {
  return planFrames(loadSettings({ file: "a.yaml", text: `seed: 7\n${text}` }).settings);
}

const plan = planOf(
  "prompts: x\nframes: 4\nmotion: { zoom: '0:(1), 3:(1.1)', angle: -t*0 }\nnoise: { amount: 0.1/3 }",
);

describe("the plan as CSV", () => {
  const [header, ...rows] = planCsv(plan)
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  const column = (name: string) => rows.map((row) => row[header!.indexOf(name)]);

  it("has the frame first, then a column per schedule under its path, then the seed", () => {
    // Parts of the plan that are not used, such as optical flow, have no columns.
    const paths = scheduledSettings
      .map(({ path }) => path)
      .filter((path) => path !== "seed_schedule" && !/^(flow|hybrid|guided)\.|^subseed/.test(path));
    expect(header).toEqual(["frame", ...paths, "seed"]);
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row).toHaveLength(header!.length);
  });

  it("has the columns of parts that are used", () => {
    const csv = planCsv(
      planOf(
        "prompts: x\nframes: 2\ncadence: 2\nflow: { cadence: dis_fine, cadence_factor: '0:(1), 1:(0.5)' }",
      ),
    );
    const [head, ...lines] = csv
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    expect(lines.map((line) => line[head!.indexOf("flow.cadence_factor")])).toEqual(["1", "0.5"]);
  });

  it("keeps numbers in full double precision and writes no negative zero", () => {
    expect(column("frame")).toEqual(["0", "1", "2", "3"]);
    expect(column("noise.amount")).toEqual(Array.from({ length: 4 }, () => String(0.1 / 3)));
    expect(column("motion.zoom").map(Number)).toEqual(plan.map(({ motion }) => motion.zoom));
    expect(column("motion.angle")).toEqual(["0", "0", "0", "0"]);
    expect(column("seed")).toEqual(["7", "8", "9", "10"]);
  });
});

describe("the plan as JSON", () => {
  it("is an array of objects with the keys of the CSV and the same numbers", () => {
    const rows: Record<string, number>[] = JSON.parse(planJson(plan));
    const [header, ...lines] = planCsv(plan).trimEnd().split("\n");
    expect(rows.map((row) => Object.keys(row).join(","))).toEqual(lines.map(() => header));
    expect(rows.map((row) => Object.values(row).join(","))).toEqual(lines);
  });
});

describe("the plan as a table", () => {
  it("shows what differs from the default once, what changes per frame, and the prompts", () => {
    const text = planText(
      planOf(
        "prompts: { 0: a cat, 2: a dog --neg blur }\nprompt_transition: 1\nframes: 4\nfps: 8\ncadence: 2\nsteps: 8\nseed_behavior: fixed\nmotion: { zoom: '0:(1), 3:(1.1)' }",
      ),
    );
    expect(text).toBe(
      [
        "4 frames, 0.5 s",
        "",
        "steps: 8",
        "seed: 7",
        "",
        "frame  drawn  motion.zoom",
        "    0    yes            1",
        "    1      -       1.0333",
        "    2    yes       1.0667",
        "    3      -          1.1",
        "",
        "prompts",
        "  0: a cat",
        "  2: a dog --neg blur (blends in over 1 frame)",
        "",
      ].join("\n"),
    );
  });

  it("of one frame and of none can be printed", () => {
    expect(planText(planOf("prompts: x\nframes: 1\nfps: 8"))).toMatch(/^1 frame\n/);
    expect(planText([])).toBe("no frames\n");
  });
});
