/** The recipe inside each frame file: A1111's `parameters` line, and the whole plan as JSON. */

import type { ModelInfo } from "../models/model.ts";
import type { FramePlan } from "../schedule/frame-plan.ts";
import { samplerLabel } from "../settings/sampler-names.ts";
import type { Settings } from "../settings/schema.ts";
import type { PngText } from "../tensor/png-text.ts";
import type { RunAddons } from "./run-addons.ts";

/**
 * Text chunks of a frame: `parameters` as other programs read it, `animate` with every number.
 *
 * @param model that draws it; the plan's own name for it is left out, so that frames are the same files whatever draws later ones
 */
export function frameRecipe(
  settings: Settings,
  model: ModelInfo,
  plan: FramePlan,
  addons: RunAddons,
): PngText[] {
  const { model: _, ...numbers } = plan;
  return [
    { keyword: "parameters", text: parametersLine(settings, model, plan, addons) },
    {
      keyword: "animate",
      text: JSON.stringify({
        name: settings.name,
        model: { name: model.name, sha256: model.hash },
        plan: numbers,
      }),
    },
  ];
}

function parametersLine({ size }: Settings, model: ModelInfo, plan: FramePlan, addons: RunAddons): string {
  const acting = (plan.loras ?? []).filter(({ weight, text_weight }) => weight !== 0 || text_weight !== 0);
  const tags = acting.map(({ name, weight, text_weight }) =>
    weight === text_weight ? ` <lora:${name}:${weight}>` : ` <lora:${name}:${text_weight}:${weight}>`,
  );
  const prompt = plan.prompts.map(({ text }) => text).join(" / ") + tags.join("");
  const hashes = addons.loras.filter(({ name }) => acting.some((lora) => lora.name === name));
  const facts = {
    Steps: plan.steps,
    Sampler: samplerLabel(plan.sampler),
    "CFG scale": plan.guidance_scale,
    Seed: plan.seed,
    Size: `${size.width}x${size.height}`,
    "Model hash": model.hash.slice(0, 10),
    Model: model.name,
    "Denoising strength": Number((1 - plan.strength).toFixed(4)),
    ...(hashes.length > 0 && {
      "Lora hashes": `"${hashes.map(({ name, sha256 }) => `${name}: ${sha256.slice(0, 12)}`).join(", ")}"`,
    }),
  };
  const list = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  return [prompt, `Negative prompt: ${plan.negativePrompt}`, list.join(", ")].join("\n");
}
