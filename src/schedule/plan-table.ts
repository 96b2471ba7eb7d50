/** The plan of an animation as CSV, as JSON and as a table to read. */

import { findSetting, itemSettings, scheduledSettings } from "../settings/setting-list.ts";
import { valueAt } from "../settings/value-at.ts";
import type { FramePlan } from "./frame-plan.ts";
import type { Shot } from "./shots.ts";

interface Column {
  /** Settings path; `seed` is what seed, seed_behavior and seed_schedule come to. */
  readonly name: string;
  readonly valueOf: (plan: FramePlan) => number;
}

const SCHEDULED = scheduledSettings.map(({ path }) => path).filter((path) => path !== "seed_schedule");
const PER_CONTROL = itemSettings
  .filter(({ path, kind }) => path.startsWith("controlnet.") && kind === "schedule")
  .map(({ path }) => path);

function columnsOf([first]: readonly FramePlan[]): Column[] {
  const perControl = (first?.controlnet ?? []).flatMap((_, index) =>
    PER_CONTROL.map((path) => path.replace("*", String(index))),
  );
  const perLora = (first?.loras ?? []).map(({ name }, index) => ({
    name: `loras.${name}`,
    valueOf: ({ loras }: FramePlan) => loras![index]!.weight + 0,
  }));
  const scheduled = SCHEDULED.filter((path) => first && valueAt(first, path.split(".")) !== undefined);
  return [...scheduled.map(readColumn), ...perLora, ...[...perControl, "seed"].map(readColumn)];
}

function readColumn(name: string): Column {
  const keys = name.split(".");
  return {
    name,
    valueOf: (plan) => {
      const value = valueAt(plan, keys);
      if (typeof value !== "number") throw new TypeError(`${name} is no number of a frame plan`);
      // −0 is an artefact of formulas; as text it would only puzzle.
      return value + 0;
    },
  };
}

/** Columns for other programs: with those of `columnsOf` whether the model draws the frame, 1 or 0, where keys of prompts decide that. */
function columnsToExport(plan: readonly FramePlan[]): Column[] {
  const drawn: Column = { name: "drawn", valueOf: ({ diffuse }) => (diffuse ? 1 : 0) };
  return [...columnsOf(plan), ...(plan[0]?.newerShare === undefined ? [] : [drawn])];
}

/** One row per frame: `frame`, then a column per schedule named by its path, then `seed`, then `drawn` with a distribution of keyframes; numbers in full double precision. */
export function planCsv(plan: readonly FramePlan[]): string {
  const columns = columnsToExport(plan);
  const header = ["frame", ...columns.map(({ name }) => csvCell(name))].join(",");
  const rows = plan.map((frame) => [frame.frame, ...columns.map(({ valueOf }) => valueOf(frame))].join(","));
  return `${[header, ...rows].join("\n")}\n`;
}

/** Names of LoRAs are names of files, which may hold anything. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The same as a JSON array of objects with the same keys. */
export function planJson(plan: readonly FramePlan[]): string {
  const columns = columnsToExport(plan);
  const rows = plan.map((frame) => {
    const cells = columns.map(({ name, valueOf }) => [name, valueOf(frame)] as const);
    return JSON.stringify({ frame: frame.frame, ...Object.fromEntries(cells) });
  });
  return `[\n${rows.join(",\n")}\n]\n`;
}

/**
 * A table to read: what stays the same in one line each, then a column for what changes, then the prompts.
 *
 * Numbers are rounded to 4 decimals. Settings that stand at their default on every frame are left out.
 *
 * @param shots told where there is more than one; default: none
 */
export function planText(plan: readonly FramePlan[], shots: readonly Shot[] = []): string {
  if (plan.length === 0) return "no frames\n";
  const columns = columnsOf(plan).map((column) => ({ ...column, values: plan.map(column.valueOf) }));
  const changing = columns.filter(({ values }) => values.some((value) => value !== values[0]));
  const constant = columns.filter(
    (column) => !changing.includes(column) && column.values[0] !== defaultOf(column.name),
  );
  const between = plan.some(({ diffuse }) => !diffuse);
  const cells = [
    ["frame", ...plan.map(({ frame }) => String(frame))],
    ...(between ? [["drawn", ...plan.map(({ diffuse }) => (diffuse ? "yes" : "-"))]] : []),
    ...changing.map(({ name, values }) => [name, ...values.map(shortNumber)]),
  ];
  const sections = [
    [describeLength(plan)],
    constant.map(({ name, values }) => `${name}: ${shortNumber(values[0]!)}`),
    alignColumns(cells),
    changeLines(plan, "sampler"),
    changeLines(plan, "model"),
    promptLines(plan),
    shotLines(shots),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function defaultOf(name: string): unknown {
  return findSetting(name.split("."))?.defaultValue;
}

/** Frames and seconds, the last frame's included. */
function describeLength(plan: readonly FramePlan[]): string {
  const [first, second] = plan;
  if (first === undefined || second === undefined) return countFrames(plan.length);
  const seconds = plan.length * (second.timeSeconds - first.timeSeconds);
  return `${countFrames(plan.length)}, ${shortNumber(seconds)} s`;
}

function countFrames(count: number): string {
  return count === 1 ? "1 frame" : `${count} frames`;
}

function shortNumber(value: number): string {
  return String(Math.round(value * 10_000) / 10_000 + 0);
}

/** Columns → right-aligned lines. */
function alignColumns(columns: readonly (readonly string[])[]): string[] {
  const widths = columns.map((cells) => cells.reduce((width, cell) => Math.max(width, cell.length), 0));
  return columns[0]!.map((_, row) =>
    columns.map((cells, index) => cells[row]!.padStart(widths[index]!)).join("  "),
  );
}

/** Where samplers or models change; nothing when one is used throughout. */
function changeLines(plan: readonly FramePlan[], name: "sampler" | "model"): string[] {
  const starts = plan.filter((frame, index) => frame[name] !== plan[index - 1]?.[name]);
  return starts.length < 2 ? [] : [`${name}s`, ...starts.map((start) => `  ${start.frame}: ${start[name]}`)];
}

function shotLines(shots: readonly Shot[]): string[] {
  if (shots.length < 2) return [];
  return ["shots", ...shots.map(({ first, last }) => `  ${first} to ${last}`)];
}

function promptLines(plan: readonly FramePlan[]): string[] {
  const starts = plan.filter(
    ({ promptKey }, index) => index === 0 || promptKey !== plan[index - 1]!.promptKey,
  );
  return [
    "prompts",
    ...starts.map((start) => {
      const { text } = start.prompts.at(-1)!;
      const blend =
        start.promptTransition === 0 ? "" : ` (blends in over ${countFrames(start.promptTransition)})`;
      const negative = start.negativePrompt === "" ? "" : ` --neg ${start.negativePrompt}`;
      return `  ${start.frame}: ${text}${negative}${blend}`;
    }),
  ];
}
