// Names computed with deforum-art/sd-webui-deforum 32242685.
import { describe, expect, it } from "vitest";
import { readGolden } from "../../test/support/deforum-fixtures.ts";
import { importFields, notesOf } from "../../test/support/interchange.ts";

interface Golden {
  readonly template: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly result: string;
}

const goldens = readGolden<readonly Golden[]>("loop/batch_name.json");

/** Ours, where a run cannot be called as Deforum calls it, and why. */
const OTHERWISE: Readonly<Record<string, { readonly name: string; readonly reason: string }>> = {
  "Deforum_{timestring}": { name: "Deforum", reason: "a run keeps its folder" },
  "{init_image}": { name: "deforum", reason: "a name begins with a letter or digit" },
  "{timestring": { name: "timestring", reason: "a name has no braces" },
};

function nameOf(batch_name: string): string {
  return importFields({ batch_name }).loaded.settings.name;
}

describe("the name of a run", () => {
  it("has 9 goldens, 6 of them names that ours may have, too", () => {
    expect(goldens).toHaveLength(9);
    expect(goldens.filter(({ template }) => !(template in OTHERWISE))).toHaveLength(6);
  });

  it.each(goldens)("$template is Deforum's", ({ template, values, result }) => {
    const imported = importFields({ ...values, batch_name: template });
    expect(imported.loaded.settings.name).toBe(OTHERWISE[template]?.name ?? result);
    expect(notesOf(imported, "changed")["batch_name"]).toContain("a run keeps its folder");
  });

  it("stays what it is without braces", () => {
    const imported = importFields({ batch_name: "harbour-2.1" });
    expect(imported.loaded.settings.name).toBe("harbour-2.1");
    expect(notesOf(imported, "changed")).not.toHaveProperty("batch_name");
  });

  it("is no longer than Deforum's, and never empty", () => {
    expect(nameOf("x".repeat(80))).toBe("x".repeat(50));
    expect(nameOf("{timestring}")).toBe("deforum");
    expect(nameOf("///")).toBe("deforum");
  });
});
