/** From a title and a channel to a sheet that is ready to be painted; every mistake is told before a model is opened. */

import { dirname, resolve } from "node:path";
import { SettingsError } from "../errors.ts";
import { openRunDress } from "../render/run-dress.ts";
import { planModels } from "../schedule/model-plan.ts";
import { scheduleContext } from "../schedule/schedule-context.ts";
import { drawSeed } from "../settings/draw-seed.ts";
import type { Override } from "../settings/overrides.ts";
import type { Settings } from "../settings/schema.ts";
import type { Dress } from "../thumbnails/dress-still.ts";
import { readWeights, type Weights } from "../thumbnails/weights.ts";
import { type Axis, readAxis } from "./axis.ts";
import type { Channel, Template } from "./channel.ts";
import { type Grid, loadBase, planGrid } from "./grid.ts";
import { PICTURE_SETTINGS } from "./picture-settings.ts";
import { recordedSeed } from "./record.ts";
import { plainTitle, titleSlug } from "./title.ts";
import { titleWords, wordWarnings } from "./title-words.ts";
import { planWork, type WorkGroup } from "./work.ts";

export interface BrainstormRequest {
  /** As written, see {@link plainTitle}. */
  readonly title: string;
  readonly channel: Channel;
  /** Instead of the channel's templates; `{title}` stands for the title. */
  readonly prompts: readonly Template[];
  /** Settings that stand above the channel's. */
  readonly overrides: readonly Override[];
  readonly count: number | undefined;
  /** Texts of axes, see {@link readAxis}. */
  readonly x: string | undefined;
  readonly y: string | undefined;
}

/** A sheet that is ready to be painted. */
export interface PlannedBrainstorm {
  readonly request: BrainstormRequest;
  readonly title: string;
  readonly settings: Settings;
  readonly grid: Grid;
  readonly groups: readonly WorkGroup[];
  /** What the best are judged by. */
  readonly weights: Weights;
  /** Title and logo of the stills. */
  readonly dress: Dress;
  /** Words of the title that the model was never taught, and what is drawn instead. */
  readonly warnings: readonly string[];
}

/**
 * Everything up to the first picture: prompts, settings, and the files that they name. No model is opened.
 *
 * @param folder of the pictures, where an earlier run may have drawn the seed
 * @throws SettingsError, LookupError, ModelError or FileError, with every mistake at its place
 */
export async function planBrainstorm(
  request: BrainstormRequest,
  folder: string,
  force: boolean,
): Promise<PlannedBrainstorm> {
  const { channel, overrides } = request;
  const title = plainTitle(request.title);
  const slug = titleSlug(title);
  requirePictureSettings(overrides);
  const readGiven = async (flag: string, text: string | undefined): Promise<Axis | undefined> =>
    text === undefined ? undefined : await readAxis(flag, text, channel.styles, process.cwd());
  const [x, y] = [await readGiven("--x", request.x), await readGiven("--y", request.y)];
  const { settings: base, locate } = loadBase(channel, overrides, slug);
  requireTwoAxes(x, y);
  requirePicture(base, x, y);
  requireModel(channel, overrides, x, y);
  const earlier = force ? undefined : await recordedSeed(folder);
  const { seed } = drawSeed(base, earlier === undefined ? undefined : () => earlier);
  const settings = { ...base, seed };
  const channelFolder = dirname(resolve(channel.file));
  const model = firstModel(settings, x, y);
  const words = await titleWords(title, channel, model, channelFolder);
  const weightsPath = ["thumbnails", "weights"];
  const place = { location: locate(weightsPath), path: weightsPath.join(".") };
  const weights = await readWeights(settings.thumbnails.weights, channelFolder, place);
  const dress = await openRunDress(settings.thumbnails, channelFolder, locate);
  const grid = planGrid({ ...request, title: words, slug, seed, x, y });
  const groups = await planWork(grid.cells, channelFolder);
  const warnings = await wordWarnings(words, model, channelFolder);
  return { request, title, settings, grid, groups, weights, dress, warnings };
}

function requirePictureSettings(overrides: readonly Override[]): void {
  const problems = overrides.flatMap(({ path, location }) => {
    const [group = ""] = path.split(".");
    if (
      (PICTURE_SETTINGS as readonly string[]).includes(group) ||
      ["init.image", "init.strength"].includes(path)
    ) {
      return [];
    }
    const hint = `they are ${PICTURE_SETTINGS.join(", ")}`;
    return [
      {
        location,
        path: "",
        message: `expected a setting that decides a single picture, found ${path}`,
        hint,
      },
    ];
  });
  if (problems.length > 0) throw new SettingsError(problems);
}

function requireTwoAxes(x: Axis | undefined, y: Axis | undefined): void {
  if (x === undefined || x.name !== y?.name) return;
  refuse(
    "--y",
    `expected another axis than --x, found ${x.name} again`,
    "leave one of them out, or give it another axis",
  );
}

/** Strength is a share of a picture that there has to be. */
function requirePicture({ init }: Settings, x: Axis | undefined, y: Axis | undefined): void {
  if (init.image !== null) return;
  const flag = x?.name === "init.strength" ? "--x" : "--y";
  if (x?.name !== "init.strength" && y?.name !== "init.strength") return;
  refuse(
    flag,
    "expected a picture to draw over with an axis of strength, found none",
    "give one with --picture",
  );
}

/** Channels for checkpoints of the user's name no model. */
function requireModel(
  channel: Channel,
  overrides: readonly Override[],
  x: Axis | undefined,
  y: Axis | undefined,
): void {
  const isGiven =
    Object.hasOwn(channel.tree.value ?? {}, "model") || overrides.some(({ path }) => path === "model");
  if (isGiven || x?.name === "model" || y?.name === "model") return;
  refuse(
    "--channel",
    `expected a model with the channel ${channel.name}, which names none, found none`,
    "give a checkpoint with --model; `animate models list` shows those that are there",
  );
}

function refuse(location: string, message: string, hint: string): never {
  throw new SettingsError([{ location, path: "", message, hint }]);
}

function firstModel(settings: Settings, x: Axis | undefined, y: Axis | undefined): string {
  const change = [x, y].find((axis) => axis?.name === "model")?.values[0]?.changes[0];
  if (change?.kind === "setting" && typeof change.override.value === "string") return change.override.value;
  return planModels(settings.model, scheduleContext(settings))[0]!;
}
