/** Deforum's samplers, one or a schedule of them, under our names. */

import { samplerLabel, samplerNamed } from "../settings/sampler-names.ts";
import type { Draft } from "./draft.ts";
import type { ExportSource } from "./export-source.ts";
import { readTextKeys, writeTextKeys } from "./text-keys.ts";

/** Old files have the place in the web UI's list of their time. */
const BY_NUMBER: readonly string[] = [
  "Euler a",
  "Euler",
  "LMS",
  "Heun",
  "DPM2",
  "DPM2 a",
  "DPM++ 2S a",
  "DPM++ 2M",
  "DPM++ SDE",
  "DPM fast",
  "DPM adaptive",
  "LMS Karras",
  "DPM2 Karras",
  "DPM2 a Karras",
  "DPM++ 2S a Karras",
  "DPM++ 2M Karras",
  "DPM++ SDE Karras",
  "DDIM",
  "PLMS",
];

/** Samplers that we do not have, and the one that draws most alike. */
const NEAREST: ReadonlyMap<string, string> = new Map([
  ["dpm fast", "dpmpp_2m"],
  ["dpm adaptive", "dpmpp_2m"],
  ["dpm++ 2m sde heun", "dpmpp_2m_sde"],
  ["dpm++ 2m sde heun karras", "dpmpp_2m_sde_karras"],
  ["dpm++ 2m sde heun exponential", "dpmpp_2m_sde_exponential"],
  ["restart", "heun_karras"],
]);

const FALLBACK = "euler_a";

export function carrySampler(draft: Draft): void {
  const { value } = draft.file.field("sampler", "Euler a");
  const label = typeof value === "number" ? (BY_NUMBER[value] ?? String(value)) : String(value).trim();
  if (typeof value === "number")
    draft.note("changed", "sampler", `is number ${value} of an old list: ${label}`);
  draft.set("sampler", ourSampler(draft, "sampler", label), "sampler");
}

export function carrySamplerSchedule(draft: Draft): void {
  const field = "sampler_schedule";
  if (!draft.isOn("enable_sampler_scheduling", false)) {
    draft.note("idle", field, "is switched off by enable_sampler_scheduling");
    return;
  }
  const source = draft.text(field, '0: ("Euler a")');
  const keys = readTextKeys(source);
  // A mistake in it is the loader's to tell, and so is a name that Deforum stops at, too.
  if (keys === undefined || !keys.every(({ text }) => isKnown(text))) draft.set("sampler", source, field);
  else if (keys.length === 1) draft.set("sampler", ourSampler(draft, field, keys[0]!.text), field);
  else if (keys.every(({ text }) => samplerNamed(text) !== undefined)) draft.set("sampler", source, field);
  else {
    const named = keys.map(({ at, text }) => [at, samplerLabel(ourSampler(draft, field, text))] as const);
    draft.set("sampler", writeTextKeys(named), field);
  }
}

/** Ours, or one of Deforum's that has a stand-in. */
function isKnown(label: string): boolean {
  return samplerNamed(label) !== undefined || NEAREST.has(label.toLowerCase());
}

function ourSampler(draft: Draft, field: string, label: string): string {
  const name = samplerNamed(label);
  if (name !== undefined) return name;
  const instead = NEAREST.get(label.toLowerCase()) ?? FALLBACK;
  draft.changed(field, `there is no such sampler here; ${instead} takes its place`);
  return instead;
}

/** The sampler schedule in Deforum's notation; undefined when there is one sampler only. */
export function samplerScheduleText({ settings: { sampler } }: ExportSource): string | undefined {
  if (typeof sampler === "string") return sampler.includes(":") ? sampler : undefined;
  return writeTextKeys(Object.entries(sampler).map(([at, name]) => [at, samplerLabel(name)]));
}
