/** Rows, columns and the settings of each picture. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { type Axis, readAxis } from "./axis.ts";
import { parseChannel } from "./channel.ts";
import { type Grid, type GridRequest, planGrid } from "./grid.ts";
import { drawsTitle, promptIdeas, writePrompt } from "./prompts.ts";

const CHANNEL = parseChannel(
  "mine.yaml",
  `templates: ["{title} by day", "{title} by night", "{subject} in fog"]
styles: { plain: "{prompt}", ink: "ink, {prompt}" }
subjects: { dragon: a green dragon, rocket: a red rocket }
model: storybook
size: 64x64
steps: 4
loras: [{ name: cape, weight: 0.4 }]
`,
);

function grid(changes: Partial<GridRequest> = {}): Grid {
  return planGrid({
    channel: CHANNEL,
    title: { title: "a fish", subjects: CHANNEL.subjects, vocabulary: undefined },
    slug: "a-fish",
    prompts: [],
    overrides: [],
    seed: 7,
    count: undefined,
    x: undefined,
    y: undefined,
    ...changes,
  });
}

const axis = (flag: string, text: string, folder = "."): Promise<Axis> =>
  readAxis(flag, text, CHANNEL.styles, folder);

function named(count: number): { name: string; text: string; location: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    name: String(index),
    text: String(index),
    location: "",
  }));
}

describe("prompts by seeds", () => {
  it("is what a sheet is without axes: 24 pictures, every template before any comes again", () => {
    const { rows, columns, cells } = grid();
    expect(cells).toHaveLength(24);
    expect(columns).toEqual(["seed 7", "seed 8", "seed 9", "seed 10"]);
    expect(rows).toEqual([
      "a fish by day",
      "ink, a fish by night",
      "a fish in fog",
      "ink, a fish by day",
      "a fish by night",
      "ink, a fish in fog",
    ]);
    expect(cells[5]).toMatchObject({ number: 6, row: 1, column: 1, prompt: "ink, a fish by night" });
    expect(cells[5]!.plan).toMatchObject({
      seed: 8,
      steps: 4,
      prompts: [{ text: "ink, a fish by night", weight: 1 }],
    });
  });

  it("has exactly as many pictures as asked for, the last row being short", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (count) => {
        const { rows, columns, cells } = grid({ count });
        expect(cells).toHaveLength(count);
        expect(cells.map(({ number }) => number)).toEqual(
          Array.from({ length: count }, (_, index) => index + 1),
        );
        expect(new Set(cells.map(({ row }) => row)).size).toBe(rows.length);
        expect(new Set(cells.map(({ column }) => column)).size).toBe(columns.length);
        expect(new Set(cells.map(({ prompt, plan }) => `${plan.seed} ${prompt}`)).size).toBe(count);
      }),
      { numRuns: 10 },
    );
  });

  it("takes prompts of one's own as they are, with the title in them", () => {
    const prompts = [{ text: "{title} and {other}", location: "--prompt" }];
    expect(grid({ prompts, count: 2 }).cells.map(({ prompt }) => prompt)).toEqual([
      "a fish and {other}",
      "a fish and {other}",
    ]);
  });

  it("pairs every template with every style once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (templates, styles) => {
        const ideas = promptIdeas(named(templates), named(styles));
        expect(new Set(ideas.map(({ template, style }) => `${template.text} ${style.text}`)).size).toBe(
          templates * styles,
        );
      }),
    );
  });
});

describe("a title that the model cannot draw", () => {
  const words = {
    title: "a fish in a rocket museum",
    subjects: CHANNEL.subjects,
    vocabulary: new Set(["in", "a", "dragon", "rocket"]),
  };

  it("gives way to the channel's subjects, those that it is near to first", () => {
    const idea = { template: CHANNEL.templates[2]!, style: CHANNEL.styles[0]! };
    const other = { ...words, title: "a fish in red" };
    expect([0, 1, 2].map((turn) => writePrompt(idea, other, turn))).toEqual([
      "a green dragon in fog",
      "a red rocket in fog",
      "a green dragon in fog",
    ]);
    expect(writePrompt(idea, { ...other, title: "the green fish" }, 0)).toBe("a green dragon in fog");
    expect(writePrompt(idea, { ...other, title: "rockets near mars, rocket" }, 0)).toBe(
      "rockets near mars, rocket in fog",
    );
  });

  it("is one without any of its subjects, of a model that has few words", () => {
    expect(drawsTitle(words)).toBe(true);
    expect(drawsTitle({ ...words, title: "a fish" })).toBe(false);
    expect(drawsTitle({ ...words, title: "a fish", vocabulary: undefined })).toBe(true);
  });

  it("is data: placeholders and patterns of replacement in it stay as they are", () => {
    const idea = { template: CHANNEL.templates[0]!, style: CHANNEL.styles[1]! };
    expect(writePrompt(idea, { ...words, title: "$& {prompt} {subject} $1" }, 0)).toBe(
      "ink, $& {prompt} {subject} $1 by day",
    );
  });
});

/** `=1,2,3`. */
function many(count: number): string {
  return `=${Array.from({ length: count }, (_, index) => index + 1).join()}`;
}

describe("axes", () => {
  it("cross two settings, rows from --y and columns from --x", async () => {
    const [x, y] = [
      await axis("--x", "steps=2,4"),
      await axis("--y", "sampler=euler|dpmpp_2m_karras|euler_a"),
    ];
    const { rows, columns, cells } = grid({ x, y });
    expect([rows, columns]).toEqual([
      ["sampler euler", "sampler dpmpp_2m_karras", "sampler euler_a"],
      ["steps 2", "steps 4"],
    ]);
    expect(cells.map(({ plan }) => `${plan.sampler} ${plan.steps} ${plan.seed}`)).toEqual([
      "euler 2 7",
      "euler 4 7",
      "dpmpp_2m_karras 2 7",
      "dpmpp_2m_karras 4 7",
      "euler_a 2 7",
      "euler_a 4 7",
    ]);
  });

  it("give weights to a LoRA beside the channel's own, or in its place", async () => {
    const [x, y] = [await axis("--x", "lora:hat=0,1"), await axis("--y", "lora:cape=-1,0.5")];
    const loras = grid({ x, y }).cells.map(({ settings }) =>
      settings.loras.map(({ name, weight }) => `${name} ${JSON.stringify(weight)}`).join(", "),
    );
    expect(loras).toEqual(["cape -1, hat 0", "cape -1, hat 1", "cape 0.5, hat 0", "cape 0.5, hat 1"]);
  });

  it("take one axis alone: with prompts as rows, with seeds as columns", async () => {
    const byPrompt = grid({ x: await axis("--x", "guidance=1,4"), count: 6 });
    expect([byPrompt.rows, byPrompt.columns]).toEqual([
      ["a fish by day", "ink, a fish by night", "a fish in fog"],
      ["guidance scale 1", "guidance scale 4"],
    ]);
    const bySeed = grid({ y: await axis("--y", "prompt=a {title}, big|two of {title}") });
    expect(bySeed.rows).toEqual(["a a fish, big", "two of a fish"]);
    expect(bySeed.columns).toEqual(["seed 7", "seed 8", "seed 9", "seed 10"]);
    const byStyle = grid({ y: await axis("--y", "style=ink,plain"), x: await axis("--x", "seed=1,2") });
    expect(byStyle.cells.map(({ prompt, plan }) => `${prompt} ${plan.seed}`)).toEqual([
      "ink, a fish by day 1",
      "ink, a fish by day 2",
      "a fish by day 1",
      "a fish by day 2",
    ]);
  });

  it("take a folder as all checkpoints in it, in natural order, and a LoRA's folder by its name", async () => {
    const folder = await temporaryFolder();
    for (const name of ["step-1000", "step-900", "step-90"])
      await writeFile(join(folder, `${name}.safetensors`), "");
    const checkpoints = await axis("--y", `checkpoint=${folder}`);
    expect(checkpoints.values.map(({ label }) => label)).toEqual(["step-90", "step-900", "step-1000"]);
    await mkdir(join(folder, "loras/checkpoint-20"), { recursive: true });
    await writeFile(join(folder, "loras/checkpoint-20/pytorch_lora_weights.safetensors"), "");
    const loras = await axis("--y", "lora=loras", folder);
    expect(loras.values.map(({ label }) => label)).toEqual(["checkpoint-20"]);
  });

  it.each([
    ["steps", "expected an axis and its values"],
    ["=1,2", "expected an axis and its values"],
    ["steps=", "expected values for steps, found none"],
    ["steps=4,4", "expected each value once"],
    ["step=1,2", "did you mean steps?"],
    ["motion.zoom=1,2", "expected an axis"],
    ["fps=1,2", "expected an axis"],
    ["threads=1,2", "expected an axis"],
    ["style=wild", "expected a style of the channel"],
    [
      `seed=${Array.from({ length: 101 }, (_, index) => index).join()}`,
      "expected at most 100 values, found 101",
    ],
    ["\u001b[2J=1", String.raw`found "\u001b[2J"`],
  ])("refuse %j", async (text, sentence) => {
    await expect(axis("--x", text)).rejects.toThrow(sentence);
  });

  it("refuse values as the settings do, with the flag as the place", async () => {
    const x = await axis("--x", "steps=4,0");
    expect(() => grid({ x })).toThrow("--x steps: expected");
    const y = await axis("--y", "sampler=eular");
    expect(() => grid({ y })).toThrow("did you mean euler?");
  });

  it("refuse more pictures than there are prompts for", async () => {
    const x = await axis("--x", "steps=1,2");
    expect(grid({ x, count: 12 }).cells).toHaveLength(12);
    expect(() => grid({ x, count: 13 })).toThrow(
      "expected at most 12, as many prompts as there are, found 13",
    );
  });

  it("refuse more pictures than a sheet has", async () => {
    const [x, y] = [await axis("--x", `seed${many(41)}`), await axis("--y", `steps${many(10)}`)];
    expect(() => grid({ x, y })).toThrow("expected at most 400 pictures, found 410");
    expect(() => grid({ count: 401 })).toThrow("expected at most 400 pictures, found 401");
  });
});
