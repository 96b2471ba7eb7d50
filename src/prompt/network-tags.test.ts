import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { takeNetworkTags } from "./network-tags.ts";

interface Network {
  items: string[];
  positional: string[];
  named: Record<string, string>;
}

// Computed with the extra networks of the stable-diffusion-webui 1.10 family.
const { cases }: { cases: { prompt: string; text: string; networks: Record<string, Network[]> }[] } =
  JSON.parse(readFileSync("test/fixtures/prompts/extra_networks.json", "utf8"));

describe("takeNetworkTags", () => {
  it("has all 19 golden prompts to compare with", () => expect(cases).toHaveLength(19));

  it.each(cases)("reads $prompt as the web UI does", ({ prompt, text, networks }) => {
    const found = takeNetworkTags(prompt);
    expect(found.text).toBe(text);
    const expected = Object.entries(networks).flatMap(([kind, tags]) =>
      tags.map(({ positional, named }) => ({ kind, positional, named })),
    );
    expect(
      found.tags.map(({ kind, positional, named }) => ({
        kind,
        positional,
        named: Object.fromEntries(named),
      })),
    ).toEqual(expected);
    for (const { text: tag } of found.tags) expect(prompt).toContain(tag);
  });

  it("reads 200,000 characters within a second", () => {
    const start = performance.now();
    for (const unit of ["<", "<a:", "<lora:a:1", "<a:b=", ">"]) {
      takeNetworkTags(unit.repeat(200_000 / unit.length));
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
