/** The process that runs the user's detector and aesthetic predictor: a network may hang or take its process down, and must not take the stills with it. */

import { AnimateError } from "../errors.ts";
import { type AestheticNetwork, openOnnxAesthetic } from "../models/onnx-aesthetic.ts";
import { type Detector, openOnnxDetector } from "../models/onnx-detector.ts";
import type { FromJudges, ToJudges } from "./judge-messages.ts";

// Ctrl-C reaches the whole process group; the parent decides.
process.on("SIGINT", () => {});
// A parent that died leaves no orphan behind.
process.on("disconnect", () => process.exit());

let detector: Detector | null = null;
let aesthetic: AestheticNetwork | null = null;

process.on("message", (message: ToJudges) => {
  answer(message).then(send, (error: unknown) => send({ type: "failed", ...describe(error) }));
});

async function answer(message: ToJudges): Promise<FromJudges> {
  if (message.type === "open") {
    detector = message.detector === null ? null : await openOnnxDetector(message.detector, {});
    aesthetic = message.aesthetic === null ? null : await openOnnxAesthetic(message.aesthetic, {});
    return { type: "ready" };
  }
  const boxes = detector && (await detector.find(message.picture));
  return { type: "judged", boxes, aesthetic: aesthetic && (await aesthetic.judge(message.picture)) };
}

function describe(error: unknown): { message: string; where?: string; hint?: string } {
  const { message } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof AnimateError)) return { message };
  const { where, hint } = error;
  return { message, ...(where !== undefined && { where }), ...(hint !== undefined && { hint }) };
}

function send(message: FromJudges): void {
  process.send?.(message);
}
