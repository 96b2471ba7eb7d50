/** Settings of what is put on stills: a title, a logo, and the zones that both keep to. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { choice, number, optionalNumber, optionalPath, patternText } from "./fields.ts";

const COLOR = { pattern: /^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, expects: "a color such as #ffd21f" };

export const title = z
  .strictObject({
    text: patternText({
      pattern: new RegExp(`^[^]{0,${LIMITS.settings.stillTitleCharacters}}$`, "u"),
      expects: `text of at most ${LIMITS.settings.stillTitleCharacters} characters`,
      defaultValue: "",
      description:
        "Words on each still, as large as their place allows: broken into up to four lines, or where the text itself has line breaks. Three or four words can be read on a phone.",
    }),
    position: choice({
      choices: ["auto", "top", "bottom", "left", "right", "center"],
      defaultValue: "auto",
      description:
        "Where the title stands. auto takes the place that hides least of what draws the eye and leaves the letters large.",
    }),
    size: number({
      unit: "share",
      range: [0.1, 1],
      defaultValue: 1,
      description: "How much of its place the title may fill, in each direction.",
    }),
    font: optionalPath({
      defaultValue: null,
      description:
        "A .ttf or .otf file, from the schedule's folder. None takes the embedded Anton, narrow and heavy, with Latin letters; other scripts want a font that has them.",
    }),
    weight: optionalNumber({
      range: [1, 1000],
      defaultValue: null,
      description: "Weight of a variable font, 400 is regular and 900 black. None takes the font as it is.",
    }),
    color: patternText({ ...COLOR, defaultValue: "#ffffff", description: "Color of the letters." }),
    outline: patternText({
      ...COLOR,
      defaultValue: "#000000",
      description: "Color of the outline around them.",
    }),
    outline_width: number({
      unit: "share",
      range: [0, 0.5],
      defaultValue: 0.1,
      description: "Width of the outline, in heights of capitals; 0 for none.",
    }),
  })
  .prefault({})
  .describe("Words on the stills.");

export const logo = z
  .strictObject({
    file: optionalPath({
      defaultValue: null,
      description:
        "A PNG or WebP with transparency, or a JPEG, from the schedule's folder, in a corner of each still.",
    }),
    corner: choice({
      choices: ["top-left", "top-right", "bottom-left", "bottom-right"],
      defaultValue: "top-left",
      description: "Which corner; at the bottom right it stands above the badge with the duration.",
    }),
    size: number({
      unit: "share",
      range: [0.02, 0.5],
      defaultValue: 0.14,
      description: "Width of the logo in widths of the still; it is never higher than a third of the still.",
    }),
    margin: number({
      unit: "share",
      range: [0, 0.25],
      defaultValue: 0.03,
      description: "Distance from both edges, in shorter sides of the still.",
    }),
  })
  .prefault({})
  .describe("A logo on the stills.");

export const safeZone = z
  .strictObject({
    margin: number({
      unit: "share",
      range: [0, 0.3],
      defaultValue: 0.05,
      description: "What the title leaves free at each edge, in sides of the still.",
    }),
    badge_width: number({
      unit: "share",
      range: [0, 0.5],
      defaultValue: 0.22,
      description:
        "Width of the bottom right corner that YouTube's duration covers, at its worst in small lists; upright and square stills have none. 0 for no badge.",
    }),
    badge_height: number({
      unit: "share",
      range: [0, 0.5],
      defaultValue: 0.2,
      description: "Height of that corner.",
    }),
  })
  .prefault({})
  .describe("Where titles and logos may stand, and what is warned about.");
