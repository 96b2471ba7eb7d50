/** The library door: load settings, plan frames, render an animation. */

export { AnimateError, LookupError, SettingsError, type SettingsProblem } from "./errors.ts";
export { type OnRunEvent, type RunEvent, type RunReport } from "./render/run-events.ts";
export { renderAnimation } from "./render/render.ts";
export type { RenderRequest } from "./render/render-request.ts";
export type { FramePlan, MotionPlan, WeightedPrompt } from "./schedule/frame-plan.ts";
export { type LintWarning, lintSettings } from "./schedule/lint.ts";
export { planFrames } from "./schedule/plan.ts";
export { drawSeed } from "./settings/draw-seed.ts";
export { type LoadedSettings, loadSettings, readSettings } from "./settings/load.ts";
export type { Settings } from "./settings/schema.ts";
