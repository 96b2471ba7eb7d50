/** The committed files that are generated from the code, so that each fact is written once. */

import { settingsJsonSchema } from "./json-schema.ts";
import { scheduleLanguagePage } from "../schedule/language-page.ts";
import { limitsReferencePage } from "./limits-page.ts";
import { settingsReferencePage } from "./reference-page.ts";
import { samplersReferencePage } from "./samplers-page.ts";

export interface GeneratedFile {
  /** From the folder of the project. */
  readonly path: string;
  readonly content: string;
}

export function generatedFiles(): GeneratedFile[] {
  return [
    {
      path: "presets/schedule.schema.json",
      content: `${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`,
    },
    { path: "docs/reference/settings.md", content: settingsReferencePage() },
    { path: "docs/reference/samplers.md", content: samplersReferencePage() },
    { path: "docs/reference/limits.md", content: limitsReferencePage() },
    { path: "docs/reference/schedules.md", content: scheduleLanguagePage() },
  ];
}
