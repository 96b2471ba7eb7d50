/** Draws the seed of a run whose settings leave it open. */

import { randomInt } from "node:crypto";

import type { Settings } from "./schema.ts";

/** As in Deforum, 0 … 2^32 − 1. */
const SEEDS = 2 ** 32;

/** The settings with a seed: their own, or a drawn one when it is −1. Record the result, or the run cannot be repeated. */
export function drawSeed(settings: Settings, draw: () => number = () => randomInt(SEEDS)): Settings {
  return settings.seed === -1 ? { ...settings, seed: draw() } : settings;
}
