import { describe, expect, it } from "vitest";
import { consistencyWeights, weighFlow } from "../flow/consistency.ts";
import { estimateFlow, flowBy } from "../flow/estimate.ts";
import { fitMotion } from "../flow/fit-motion.ts";
import { grayPlane } from "../flow/gray-plane.ts";
import { readPngBytes } from "../tensor/picture-file.ts";
import { findVideoMotion } from "./video-motion.ts";

const FIXTURES = new URL("../../test/fixtures/deforum/loop/video/", import.meta.url).pathname;
const [from, to] = [
  await readPngBytes(`${FIXTURES}video_0.png`),
  await readPngBytes(`${FIXTURES}video_3.png`),
];

describe("the motion of an input video", () => {
  it.each(["dis_medium", "dis_fine", "farneback"] as const)(
    "by %s is the flow between the two pictures, weighed by what the way back says",
    async (flowMethod) => {
      const findFlow = flowBy(flowMethod);
      const options = { motion: "optical_flow", findFlow, deforumExact: false } as const;
      const [there, back] = [estimateFlow(flowMethod, from, to), estimateFlow(flowMethod, to, from)];
      expect(await findVideoMotion(from, to, { ...options, consistencyBlur: null })).toEqual({
        kind: "flow",
        flow: there,
      });
      const weights = consistencyWeights(there, back, from, { blur: 2, deforumExact: false });
      expect(weights.some((weight) => weight < 0.5)).toBe(true);
      expect(await findVideoMotion(from, to, { ...options, consistencyBlur: 2 })).toEqual({
        kind: "flow",
        flow: weighFlow(there, weights),
      });
    },
  );

  it("as one matrix is fitted to the flow, each place by the picture that is left", async () => {
    const options = {
      motion: "affine",
      findFlow: flowBy("farneback"),
      consistencyBlur: null,
      deforumExact: false,
    } as const;
    const matrix = fitMotion(estimateFlow("dis_medium", from, to), grayPlane(from), from, "affine");
    expect(await findVideoMotion(from, to, options)).toEqual({ kind: "matrix", matrix });
  });
});
