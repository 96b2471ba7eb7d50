import { describe, expect, it } from "vitest";
import { promptSteps, type StepPrompts } from "./prompt-steps.ts";

const alone = (text: string) => [{ text, weight: 1 }];
const part = (text: string, weight = 1): StepPrompts["parts"][number] => ({ prompts: alone(text), weight });

describe("promptSteps", () => {
  it("has one and the same entry for all steps of a prompt without syntax", () => {
    const steps = promptSteps(alone("a (cat:1.2)"), "blur", 5);
    expect(steps).toHaveLength(5);
    expect(new Set(steps).size).toBe(1);
    expect(steps[0]).toEqual({ parts: [part("a (cat:1.2)")], negative: "blur" });
  });

  it("changes words over the steps that are run, also in the negative prompt", () => {
    const steps = promptSteps(alone("a [cat:dog:0.5]"), "[blur|noise]", 4);
    expect(steps.map(({ parts, negative }) => [parts[0]!.prompts[0]!.text, negative])).toEqual([
      ["a cat", "blur"],
      ["a cat", "noise"],
      ["a dog", "blur"],
      ["a dog", "noise"],
    ]);
  });

  it("composes the parts of AND with their weights, each with its own words over the steps", () => {
    const [first, second] = promptSteps(alone("a [cat:dog:1] :1.2 AND a tree:-0.5"), "", 2);
    expect(first!.parts).toEqual([part("a cat", 1.2), part(" a tree", -0.5)]);
    expect(second!.parts).toEqual([part("a dog", 1.2), part(" a tree", -0.5)]);
  });

  it("blends prompts on their way from one to the next as embeddings, with a weight between theirs", () => {
    const way = [
      { text: "a cat:2", weight: 0.25 },
      { text: "a dog", weight: 0.75 },
    ];
    expect(promptSteps(way, "", 1)[0]!.parts).toEqual([
      { prompts: [{ text: "a cat", weight: 0.25 }, way[1]], weight: 1.25 },
    ]);
    const thirds = [1 / 3, 1 / 3, 1 / 3].map((weight) => ({ text: "x", weight }));
    expect(promptSteps(thirds, "", 1)[0]!.parts[0]!.weight).toBe(1);
  });

  it("composes them instead when one is composed itself", () => {
    const way = [
      { text: "a cat AND a tree:0.5", weight: 0.25 },
      { text: "a dog", weight: 0.75 },
    ];
    expect(promptSteps(way, "", 1)[0]!.parts).toEqual([
      part("a cat", 0.25),
      part(" a tree", 0.125),
      part("a dog", 0.75),
    ]);
  });
});
