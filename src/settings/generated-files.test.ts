import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { generatedFiles } from "./generated-files.ts";
import { settingsJsonSchema } from "./json-schema.ts";
import { allSettings, itemSettings } from "./setting-list.ts";
import { valueAt } from "./value-at.ts";

it.each(generatedFiles().map(({ path, content }) => [path, content]))(
  "%s is current; npm run generate writes it anew",
  (path, content) => {
    expect(readFileSync(path, "utf8")).toBe(content);
  },
);

it("the JSON Schema knows every setting, with a description and its default", () => {
  const schema = settingsJsonSchema();
  for (const { path, description, defaultValue } of allSettings) {
    const keys = path.split(".").flatMap((key) => ["properties", key]);
    expect(valueAt(schema, [...keys, "description"]), path).toContain(description);
    expect(valueAt(schema, [...keys, "default"]), path).toEqual(defaultValue);
  }
  for (const { path, description } of itemSettings) {
    const [list, name] = path.split(".*.");
    const keys = ["properties", list!, "items", "properties", name!, "description"];
    expect(valueAt(schema, keys), path).toContain(description);
  }
  expect(schema).toMatchObject({ required: ["prompts"], additionalProperties: false });
});
