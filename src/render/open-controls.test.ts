/** What ControlNets are shown, with real networks of random weights. */

import { afterAll, describe, expect, it } from "vitest";
import { toDepthPicture } from "../control/depth-picture.ts";
import { openModel } from "../models/open-model.ts";
import { openDepthNetwork } from "../models/open-picture-network.ts";
import type { DepthNetwork } from "../models/picture-networks.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { toByteImage } from "../tensor/image.ts";
import type { InferenceSettings } from "./inference-messages.ts";
import { type Controls, openControls } from "./open-controls.ts";

const SIZE = { width: 48, height: 32 };
const model = await openModel("test/fixtures/tiny-sd15", { device: "cpu" });
const depth = await openDepthNetwork("test/fixtures/picture-networks/tiny-depth", { device: "cpu" });
const opened: Controls[] = [];
afterAll(async () => {
  for (const controls of opened) await controls.release();
  await depth.release();
  await model.release();
});

async function open(preprocessor: string, network = depth, kind: "inverse" | "metric" = "inverse") {
  const settings = {
    ...SIZE,
    device: "cpu",
    controlnets: [{ path: "test/fixtures/tiny-controlnet", preprocessor, mode: "control" }],
    controlDepth: { path: "", kind },
  } as unknown as InferenceSettings;
  const controls = await openControls(model, settings, network);
  opened.push(controls);
  return controls;
}

const plan = { controlnet: [{ weight: 1, start: 0, end: 1 }] } as unknown as FramePlan;
const picture = {
  ...SIZE,
  data: Uint8Array.from({ length: 3 * 48 * 32 }, (_, i) => (Math.floor(i / 3) * 7 + 40 * (i % 3)) % 256),
};

/** 8-bit, as the ControlNet is shown it. */
async function shown(controls: Controls): Promise<Uint8Array> {
  const units = await controls.unitsAt(plan, [{ data: picture.data }], null);
  expect(units).toMatchObject([{ weight: 1, start: 0, end: 1, mode: "control" }]);
  return toByteImage(units![0]!.picture).data;
}

describe("a ControlNet with preprocessor depth", () => {
  it("is shown what the depth network says, white where it is near, and is known by both networks", async () => {
    const controls = await open("depth");
    const expected = toDepthPicture(await depth.estimate(picture), picture).data;
    expect(await shown(controls)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(20);
    const alone = await open("none");
    expect(await shown(alone)).toEqual(picture.data);
    expect(alone.identities).toEqual([{ model: controls.identities[0]!.model }]);
    expect(controls.identities[0]).toEqual({ ...alone.identities[0], depth: depth.info.hash });
  });

  it("turns numbers around that grow with distance, but not those of a network that says what they mean", async () => {
    const relative: DepthNetwork = { ...depth, info: { ...depth.info, output: "relative" } };
    const near = await shown(await open("depth", relative));
    const far = await shown(await open("depth", relative, "metric"));
    const sums = Array.from(far, (value, i) => value + near[i]!);
    // Rounded each by itself, halves may meet.
    expect(Math.min(...sums)).toBeGreaterThanOrEqual(255);
    expect(Math.max(...sums)).toBeLessThanOrEqual(256);
    expect(await shown(await open("depth", depth, "metric"))).toEqual(near);
  });
});
