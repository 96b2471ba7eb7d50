/** The plan of a sheet: rows, columns, and the complete settings of each picture, before any model is touched. */

import { SettingsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { planFrames } from "../schedule/plan.ts";
import { loadTree, type LoadedSettings } from "../settings/load.ts";
import type { Override } from "../settings/overrides.ts";
import type { Settings } from "../settings/schema.ts";
import type { Axis, AxisChange, AxisValue } from "./axis.ts";
import { type Channel, PLAIN_STYLE, type Style, type Template } from "./channel.ts";
import { nearTitle, type PromptIdea, promptIdeas, type TitleWords, writePrompt } from "./prompts.ts";

export const DEFAULT_COUNT = 24;
/** Columns of seeds where nothing says how many. */
const USUAL_SEEDS = 4;

export interface GridRequest {
  readonly channel: Channel;
  readonly title: TitleWords;
  /** Of the folder, which is the name of every picture. */
  readonly slug: string;
  /** Instead of the channel's templates and styles; empty: those. */
  readonly prompts: readonly Template[];
  readonly overrides: readonly Override[];
  /** Of the first column, a whole number ≥ 0. */
  readonly seed: number;
  /** Pictures; not given: {@link DEFAULT_COUNT}, or as many as the axes have. */
  readonly count: number | undefined;
  readonly x: Axis | undefined;
  readonly y: Axis | undefined;
}

/** One picture to be. */
export interface Cell {
  /** Counted from 1, row by row. */
  readonly number: number;
  /** From 0. */
  readonly row: number;
  readonly column: number;
  readonly prompt: string;
  readonly settings: Settings;
  readonly locate: LoadedSettings["locate"];
  readonly plan: FramePlan;
}

export interface Grid {
  /** Labels. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Row by row; the last row may be short. */
  readonly cells: readonly Cell[];
}

/**
 * Lays out the sheet and loads the settings of every picture.
 *
 * Without axes, rows are prompts and columns seeds. A column axis alone is crossed with prompts, a row axis alone with seeds.
 *
 * @throws SettingsError for more pictures than `LIMITS.brainstorm.pictures`, and for every mistake that the loader finds in a picture's settings
 */
export function planGrid(request: GridRequest): Grid {
  const { rows, columns, count } = layOut(request);
  const ideas = ideasOf(request);
  const cells: Cell[] = [];
  for (const [row, down] of rows.entries()) {
    for (const [column, across] of columns.entries()) {
      if (cells.length === count) break;
      const changes = [...down.changes, ...across.changes];
      cells.push(planCell(request, ideas[0]!, changes, { number: cells.length + 1, row, column }));
    }
  }
  // A label of its own, or the prompt, which is that of the first picture in the line.
  const labels = (values: readonly AxisValue[], key: "row" | "column") =>
    values.flatMap(({ label }, index) => {
      const first = cells.find((cell) => cell[key] === index);
      return first === undefined ? [] : [label ?? first.prompt];
    });
  return { rows: labels(rows, "row"), columns: labels(columns, "column"), cells };
}

/** The settings that all pictures begin with; for the seed, and for the model's words, before the sheet is planned. */
export function loadBase(channel: Channel, overrides: readonly Override[], slug: string): LoadedSettings {
  return loadPicture(channel, overrides, slug, { text: "", location: "--prompt" });
}

function ideasOf({ channel, prompts, title }: GridRequest): PromptIdea[] {
  if (prompts.length === 0) {
    return promptIdeas(
      nearTitle(channel.templates, title, ({ text }) => text),
      channel.styles,
    );
  }
  return prompts.map((template) => ({ template, style: PLAIN_STYLE }));
}

interface Layout {
  readonly rows: readonly AxisValue[];
  readonly columns: readonly AxisValue[];
  readonly count: number;
}

function layOut(request: GridRequest): Layout {
  const { x, y, count } = request;
  if (x && y) {
    const all = x.values.length * y.values.length;
    if (count !== undefined && count !== all) {
      refuse("--count", `expected ${all}, as many as --x and --y have, found ${count}`, "leave out --count");
    }
    return checked({ rows: y.values, columns: x.values, count: all });
  }
  const prompts = (length: number) => promptAxis(request, length);
  const seeds = (length: number) => seedAxis(request.seed, length);
  const crossed = (given: Axis, other: "prompt" | "seed") => {
    const perLine = count === undefined ? USUAL_SEEDS : Math.ceil(count / given.values.length);
    const values = other === "seed" ? seeds(perLine) : prompts(perLine);
    if (count !== undefined && values.length < perLine) {
      const most = values.length * given.values.length;
      refuse(
        "--count",
        `expected at most ${most}, as many prompts as there are, found ${count}`,
        "give more with --prompt",
      );
    }
    return { values, count: Math.min(count ?? Infinity, values.length * given.values.length) };
  };
  if (y) {
    const { values, count: all } = crossed(y, y.name === "seed" ? "prompt" : "seed");
    return checked({ rows: y.values, columns: values, count: all });
  }
  if (x) {
    const { values, count: all } = crossed(x, x.name === "prompt" || x.name === "style" ? "seed" : "prompt");
    return checked({ rows: values, columns: x.values, count: all });
  }
  const all = count ?? DEFAULT_COUNT;
  const rows = prompts(bestRows(all));
  return checked({ rows, columns: seeds(Math.ceil(all / rows.length)), count: all });
}

/** Rows over columns that a sheet without axes comes near to: more ideas than seeds. */
const ROWS_PER_COLUMN = 1.5;

/** How many rows look best: near that shape, with few places left empty. */
function bestRows(count: number): number {
  const misfit = (rows: number) => {
    const columns = Math.ceil(count / rows);
    const empty = rows * columns - count;
    return Math.abs(Math.log(rows / columns / ROWS_PER_COLUMN)) + empty / columns;
  };
  const choices = Array.from({ length: Math.min(count, LIMITS.brainstorm.axis) }, (_, index) => index + 1);
  return choices.reduce((a, b) => (misfit(b) < misfit(a) ? b : a));
}

function checked(layout: Layout): Layout {
  const { rows, columns, count } = layout;
  if (count > LIMITS.brainstorm.pictures) {
    refuse(
      "--count",
      `expected at most ${LIMITS.brainstorm.pictures} pictures, found ${count}`,
      "make several sheets",
    );
  }
  if (rows.length > LIMITS.brainstorm.axis || columns.length > LIMITS.brainstorm.axis) {
    const found = `${rows.length} rows of ${columns.length}`;
    refuse(
      "--count",
      `expected at most ${LIMITS.brainstorm.axis} rows and columns, found ${found}`,
      "give more prompts, or fewer pictures",
    );
  }
  return layout;
}

function refuse(location: string, message: string, hint: string): never {
  throw new SettingsError([{ location, path: "", message, hint }]);
}

/** At most `length` rows of prompts, as many as there are ideas. */
function promptAxis(request: GridRequest, length: number): AxisValue[] {
  const hasStyles = request.x?.name === "style" || request.y?.name === "style";
  const ideas = ideasOf(request);
  const templates = [...new Map(ideas.map((idea) => [idea.template, idea])).values()];
  return (hasStyles ? templates : ideas).slice(0, length).map(({ template, style }) => ({
    label: null,
    changes: [{ kind: "template", template }, ...(hasStyles ? [] : [{ kind: "style", style } as const])],
  }));
}

function seedAxis(first: number, length: number): AxisValue[] {
  return Array.from({ length }, (_, index) => ({
    label: `seed ${first + index}`,
    changes: [{ kind: "setting", override: { path: "seed", value: first + index, location: "--seed" } }],
  }));
}

function planCell(
  request: GridRequest,
  usual: PromptIdea,
  changes: readonly AxisChange[],
  place: Pick<Cell, "number" | "row" | "column">,
): Cell {
  const { channel, title, slug, seed } = request;
  let { template } = usual;
  let style: Style | undefined;
  let overrides: readonly Override[] = [
    ...request.overrides,
    { path: "seed", value: seed, location: "--seed" },
  ];
  for (const change of changes) {
    if (change.kind === "template") template = change.template;
    else if (change.kind === "style") style = change.style;
    else if (change.kind === "setting") overrides = [...overrides, change.override];
    else overrides = [...overrides, withLora(channel, overrides, change)];
  }
  // A prompt from the command line is said as it is.
  style ??= channel.templates.includes(template) ? usual.style : PLAIN_STYLE;
  const prompt = writePrompt({ template, style }, title, turnOf(request, template, place));
  const { settings, locate } = loadPicture(channel, overrides, slug, {
    text: prompt,
    location: template.location,
  });
  return { ...place, prompt, settings, locate, plan: planFrames(settings)[0]! };
}

/** Which of the channel's subjects it is: one per row of prompts, the same for all pictures of one template elsewhere. */
function turnOf(
  { channel, x, y }: GridRequest,
  template: Template,
  { row, column }: Pick<Cell, "row" | "column">,
): number {
  if (!x && !y) return row;
  const index = channel.templates.indexOf(template);
  return index >= 0 ? index : row + column;
}

/** The list of LoRAs with this one at this weight. */
function withLora(
  { tree }: Channel,
  overrides: readonly Override[],
  { name, weight, location }: Extract<AxisChange, { kind: "lora" }>,
): Override {
  const written = overrides.findLast(({ path }) => path === "loras")?.value ?? tree.value?.["loras"];
  const list = Array.isArray(written) ? written : [];
  const others = list.filter(
    (item: unknown) => !(typeof item === "object" && item !== null && Reflect.get(item, "name") === name),
  );
  return { path: "loras", value: [...others, { name, weight }], location };
}

/** An animation of one frame, in a mode that needs no network for depth. */
function loadPicture(
  channel: Channel,
  overrides: readonly Override[],
  slug: string,
  prompt: Template,
): LoadedSettings {
  const { file, text, tree } = channel;
  const fixed: Override[] = [
    { path: "name", value: slug, location: "--title" },
    { path: "frames", value: 1, location: file },
    { path: "mode", value: "2d", location: file },
    { path: "video.format", value: "png", location: file },
    { path: "prompts", value: { "0": prompt.text }, location: prompt.location },
  ];
  return loadTree({ file, text, tree }, [...overrides, ...fixed]);
}
