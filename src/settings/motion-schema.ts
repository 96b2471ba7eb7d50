/** The settings of the camera, under `motion`. Names, units and signs are Deforum's. */

import { z } from "zod";

import { choice, number, patternText, schedule, toggle } from "./fields.ts";

/** Translations are pixels or 1/200 world units, so a million is out of any picture. */
const DISTANCE = [-1_000_000, 1_000_000] as const;
const TURN = [-36_000, 36_000] as const;

const depth = z
  .strictObject({
    model: patternText({
      pattern: /\S/,
      expects: "auto, plane, or the name or path of a depth network",
      defaultValue: "auto",
      description:
        "3D: what tells near from far. auto takes the depth network that belongs to the model (storybook-depth for storybook), else a plane; plane is a flat picture; or a name such as storybook-depth, or an .onnx file in the manner of MiDaS and Depth Anything. ControlNets with preprocessor depth ask the same network, in every mode.",
    }),
    kind: choice({
      choices: ["inverse", "metric"],
      defaultValue: "inverse",
      description:
        "What the numbers of a depth network in an .onnx file mean: inverse is large when near (MiDaS, Depth Anything), metric is small when near (ZoeDepth).",
    }),
    near: number({
      unit: "world units",
      range: [0.1, 99],
      defaultValue: 1,
      description:
        "3D: distance of the nearest points, less than far. At 1 translations mean what Deforum means by them; smaller lets near things fly past faster.",
    }),
    far: number({
      unit: "world units",
      range: [1.01, 100],
      defaultValue: 2,
      description:
        "3D: distance of the farthest points. Larger lets near things move more against the background; 2 is Deforum's.",
    }),
    equalize: toggle({
      defaultValue: true,
      description:
        "Depth networks in .onnx files: spreads their numbers so that every depth has as many pixels, as Deforum does; false keeps their proportions.",
    }),
    save: toggle({
      defaultValue: false,
      description:
        "Writes the depth of each frame to depth/ in the run folder, as PNG in 16 bits, near is white; in 2D too, and for finished runs.",
    }),
  })
  .prefault({})
  .describe("The depth of the picture, predicted from each frame before the camera moves it.");

export const motion = z
  .strictObject({
    angle: schedule({
      unit: "degrees per frame",
      range: TURN,
      defaultValue: 0,
      description: "2D: turns the picture; positive is counter-clockwise.",
    }),
    zoom: schedule({
      unit: "factor per frame",
      range: [0.01, 100],
      defaultValue: 1,
      description: "2D: enlarges the picture; above 1 moves in, below 1 moves out.",
    }),
    translation_x: schedule({
      unit: "2D: pixels, 3D: 1/200 world unit per frame",
      range: DISTANCE,
      defaultValue: 0,
      description:
        "Moves sideways. 2D: positive moves the picture right; 3D: positive moves the camera right, so the picture moves left.",
    }),
    translation_y: schedule({
      unit: "2D: pixels, 3D: 1/200 world unit per frame",
      range: DISTANCE,
      defaultValue: 0,
      description: "Moves up and down; positive moves the picture down.",
    }),
    translation_z: schedule({
      unit: "1/200 world unit per frame",
      range: DISTANCE,
      defaultValue: 0,
      description: "3D: flies forward (positive) or backward (negative).",
    }),
    transform_center_x: schedule({
      unit: "share of the width",
      range: [-10, 10],
      defaultValue: 0.5,
      description: "2D: where angle and zoom have their center; 0 is the left edge, 1 the right one.",
    }),
    transform_center_y: schedule({
      unit: "share of the height",
      range: [-10, 10],
      defaultValue: 0.5,
      description: "2D: where angle and zoom have their center; 0 is the upper edge, 1 the lower one.",
    }),
    rotation_3d_x: schedule({
      unit: "degrees per frame",
      range: TURN,
      defaultValue: 0,
      description: "3D: tilts the camera; positive looks up, so the picture moves down.",
    }),
    rotation_3d_y: schedule({
      unit: "degrees per frame",
      range: TURN,
      defaultValue: 0,
      description: "3D: pans the camera; positive looks right, so the picture moves left.",
    }),
    rotation_3d_z: schedule({
      unit: "degrees per frame",
      range: TURN,
      defaultValue: 0,
      description: "3D: rolls the camera; positive turns the picture counter-clockwise.",
    }),
    fov: schedule({
      unit: "degrees",
      range: [-179, 179],
      defaultValue: 70,
      description:
        "3D: field of view; small is a telephoto lens, large a wide angle with strong perspective. Negative mirrors the move; 0 is no lens.",
    }),
    fov_zoom: toggle({
      defaultValue: false,
      description:
        "3D: whether a change of fov enlarges the picture, as that of a lens does; from 70 to 35 degrees everything comes a little more than twice as near. Off, fov only scales moves, as in Deforum.",
    }),
    aspect_ratio: schedule({
      unit: "factor",
      range: [0.01, 100],
      defaultValue: 1,
      description:
        "3D: shape of the lens; horizontal moves are divided by it. 1 is Deforum's, width / height makes circles turn as circles.",
    }),
    perspective_flip: toggle({
      defaultValue: false,
      description:
        "Switches the four perspective_flip schedules on: the picture is tilted like a card before the move.",
    }),
    perspective_flip_theta: schedule({
      unit: "degrees",
      range: TURN,
      defaultValue: 0,
      description: "Roll of the perspective flip.",
    }),
    perspective_flip_phi: schedule({
      unit: "degrees",
      range: TURN,
      defaultValue: 0,
      description: "Tilt of the perspective flip.",
    }),
    perspective_flip_gamma: schedule({
      unit: "degrees",
      range: TURN,
      defaultValue: 0,
      description: "Pan of the perspective flip.",
    }),
    perspective_flip_fv: schedule({
      unit: "degrees",
      range: [1, 179],
      defaultValue: 53,
      description: "Field of view of the perspective flip; 30 to 160 is useful.",
    }),
    border: choice({
      choices: ["replicate", "wrap"],
      defaultValue: "replicate",
      description:
        "2D and perspective flip: what comes in at the edges; replicate repeats the edge pixels, wrap takes the opposite edge.",
    }),
    padding: choice({
      choices: ["border", "reflection", "zeros"],
      defaultValue: "border",
      description:
        "3D: what comes in at the edges; border repeats the edge pixels, reflection mirrors the picture, zeros is black.",
    }),
    holes: choice({
      choices: ["smear", "noise", "inpaint"],
      defaultValue: "smear",
      description:
        "What the camera uncovers, at the edges and behind near things: smear repeats pixels, as border and padding say; noise fills it with noise in the colors around; inpaint lets the model draw it anew, too, in more steps than the rest.",
    }),
    sampling: choice({
      choices: ["bicubic", "bilinear", "nearest"],
      defaultValue: "bicubic",
      description: "3D: how pixels between pixels are read; bicubic stays sharpest over many frames.",
    }),
    depth,
  })
  .prefault({})
  .describe("The camera: what moves between one frame and the next. Everything stands still by default.");
