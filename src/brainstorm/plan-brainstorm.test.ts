/** What is told before anything is painted. */

import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { AnimateError } from "../errors.ts";
import { readSetFlag } from "../settings/overrides.ts";
import { readChannel } from "./channel.ts";
import { type BrainstormRequest, planBrainstorm, type PlannedBrainstorm } from "./plan-brainstorm.ts";

async function plan(
  changes: Partial<BrainstormRequest> = {},
  channel = "storybook",
): Promise<PlannedBrainstorm> {
  const request = {
    title: "a baby dragon",
    channel: await readChannel(channel),
    prompts: [],
    overrides: [],
    count: 4,
    x: undefined,
    y: undefined,
  };
  return await planBrainstorm({ ...request, ...changes }, await temporaryFolder(), false);
}

const set = (...flags: readonly string[]) => ({ overrides: flags.map(readSetFlag) });

describe("a plan", () => {
  it("draws a seed where none is given, and says which words the model does not know", async () => {
    const [one, other] = [await plan(), await plan()];
    expect(one.settings.seed).not.toBe(other.settings.seed);
    expect(one.grid.columns[0]).toBe(`seed ${one.settings.seed}`);
    expect(one.warnings).toEqual([
      expect.stringMatching(/^storybook was never taught baby\. `animate models check/),
    ]);
    expect(one.grid.rows[0]).toContain("a baby dragon");
    const nothing = await plan({ title: "tax returns in space" });
    expect(nothing.warnings[0]).toContain("never taught tax, returns; it draws superhero, rocket, dragon");
    expect(nothing.grid.rows[0]).toContain("in space with a planet");
    expect((await plan({ title: "a red dragon" })).warnings).toEqual([]);
  });

  it("opens a model once for all weights of its LoRAs, and anew for what changes its networks", async () => {
    const byWeight = await plan({ y: "lora:comic-outlines=0,0.5,1", x: "seed=1,2", count: undefined });
    expect(byWeight.groups).toHaveLength(1);
    expect(byWeight.groups[0]!.opening.loras.map(({ name }) => name)).toEqual(["comic-outlines"]);
    const bySize = await plan({ y: "size=64x64,128x64", x: "seed=1,2", count: undefined });
    expect(bySize.groups.map(({ cells }) => cells.map(({ number }) => number))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("takes a channel for checkpoints with a model of the user's", async () => {
    const { groups, warnings } = await plan(set("model=storybook", "size=64x64"), "photo");
    expect(groups[0]!.cells[0]!.prompt).toMatch(/^photograph of a baby dragon, 35mm/);
    expect(warnings).toHaveLength(1);
  });

  it.each<[string, Partial<BrainstormRequest>, string]>([
    ["a title without words", { title: "()" }, "--title: expected a title with words, found none"],
    ["a model that is not there", set("model=nowhere"), "nowhere: there is no such model"],
    [
      "a setting of animations",
      set("motion.zoom=2"),
      "expected a setting that decides a single picture, found motion.zoom",
    ],
    ["a value out of range", set("steps=0"), "--set steps: expected"],
    [
      "strength without a picture",
      { x: "strength=0,1" },
      "--x: expected a picture to draw over with an axis of strength",
    ],
    ["a picture that is not there", set("init.image=/nowhere.png"), "there is no such file"],
    ["one axis twice", { x: "seed=1", y: "seed=2" }, "--y: expected another axis than --x, found seed again"],
    [
      "a count that the axes do not have",
      { x: "seed=1,2", y: "steps=1,2", count: 9 },
      "expected 4, as many as --x and --y have, found 9",
    ],
    ["a LoRA that is not there", { y: "lora:nowhere=0,1" }, "--y lora:nowhere"],
    ["weights of measures that are none", set("thumbnails.weights=bolt"), "did you mean bold?"],
    [
      "a prompt that cannot be read",
      { prompts: [{ text: "`1/0` {title}", location: "--prompt" }] },
      "--prompt",
    ],
  ])("is refused for %s", async (_, changes, sentence) => {
    const planned = plan(changes);
    await expect(planned).rejects.toThrow(AnimateError);
    await expect(planned).rejects.toThrow(sentence.includes(": ") ? sentence.split(": ").at(-1) : sentence);
  });

  it("needs a model with a channel that names none", async () => {
    await expect(plan({}, "photo")).rejects.toThrow(
      "expected a model with the channel photo, which names none",
    );
  });
});
