/** What the loader says about a schedule file, as one text. */

import { SettingsError } from "../../src/errors.ts";
import { loadSettings } from "../../src/settings/load.ts";
import type { Override } from "../../src/settings/overrides.ts";

/** The whole message with hints, as the command prints it, for a file called a.yaml. */
export function mistakesIn(text: string, overrides: readonly Override[] = []): string {
  try {
    loadSettings({ file: "a.yaml", text }, overrides);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return "no mistake";
}
