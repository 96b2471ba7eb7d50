/** From the words of the settings to what finds a flow: a method that is computed here, or a network in the inference process. */

import { type FindFlow, flowBy, isFlowMethod } from "../flow/estimate.ts";
import { hasTweens } from "../schedule/drawn-frames.ts";
import { drawsSingly } from "../settings/check-mode.ts";
import type { Settings } from "../settings/schema.ts";
import type { Inference } from "./inference-process.ts";

/** What finds a flow by a method of the settings. */
export type ChooseFlow = (method: string) => FindFlow;

/** A network that frames are made with. */
export interface NamedFlow {
  /** The setting that names it. */
  readonly path: readonly string[];
  readonly method: string;
}

/** The networks among the methods that a render uses. */
export function namedFlows(settings: Settings): NamedFlow[] {
  const { flow, hybrid } = settings;
  if (drawsSingly(settings)) return [];
  const movesByFlow = hybrid.video !== null && hybrid.motion === "optical_flow";
  return [
    ...(hasTweens(settings) ? [{ path: ["flow", "cadence"], method: flow.cadence }] : []),
    { path: ["flow", "redo"], method: flow.redo },
    ...(movesByFlow ? [{ path: ["hybrid", "flow_method"], method: hybrid.flow_method }] : []),
  ].filter(({ method }) => method !== "none" && !isFlowMethod(method));
}

/** Networks by the words of the settings: the file of each, absolute. */
export type FlowFiles = ReadonlyMap<string, string>;

/** @param inference that has opened the files */
export function chooseFlow(inference: Pick<Inference, "estimateFlow">, files: FlowFiles): ChooseFlow {
  return (method) => {
    if (isFlowMethod(method)) return flowBy(method);
    return (previous, next) => inference.estimateFlow(files.get(method)!, previous, next);
  };
}

/** What a method is known by in hashes: its name, or its network's sha256. */
export function identifyFlow(
  { flows }: Pick<Inference, "flows">,
  files: FlowFiles,
): (method: string) => string {
  const opened = toOpen(files);
  return (method) => {
    const file = files.get(method);
    return file === undefined ? method : flows[opened.indexOf(file)]!.hash;
  };
}

/** Each file once: what the inference process opens. */
export function toOpen(files: FlowFiles): string[] {
  return [...new Set(files.values())];
}
