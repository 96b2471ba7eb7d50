/** The scales of PEFT's LoRAs: those files keep alpha, when it differs from the rank, in their metadata. */

import { z } from "zod";
import { ModelError } from "../errors.ts";
import type { SafetensorsFile } from "./safetensors.ts";

/** As diffusers writes it from 0.34 on: PEFT's LoraConfig of each network, its keys after the network's name. */
const METADATA_KEY = "lora_adapter_metadata";

const configSchema = z.object({
  lora_alpha: z.number().optional(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
});

/**
 * The scale of a module by its name and rank, undefined where the file says nothing: alpha / rank, or alpha / √rank for rank-stabilized LoRA
 * (Kalajdzievski 2023).
 *
 * @throws ModelError when the metadata says that it is a DoRA, or cannot be read
 */
export function readPeftScales(
  { metadata }: SafetensorsFile,
  where: string,
): (module: string, rank: number) => number | undefined {
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) return () => undefined;
  const networks = readConfigs(text, where);
  return (module, rank) => {
    const [network, config] = [...networks].find(([name]) => module.startsWith(`${name}.`)) ?? [];
    if (network === undefined || config?.lora_alpha === undefined) return undefined;
    const path = module.slice(network.length + 1);
    const patterns = Object.entries(config.alpha_pattern ?? {});
    const [, alpha] = patterns.find(([end]) => path === end || path.endsWith(`.${end}`)) ?? [];
    return (alpha ?? config.lora_alpha) / (config.use_rslora === true ? Math.sqrt(rank) : rank);
  };
}

function readConfigs(text: string, where: string): ReadonlyMap<string, z.output<typeof configSchema>> {
  const flat = parse(text, where);
  const grouped = new Map<string, Record<string, unknown>>();
  for (const [key, value] of Object.entries(flat)) {
    const [network, option] = splitOnce(key);
    if (option === undefined) continue;
    const config = grouped.get(network) ?? Object.create(null);
    config[option] = value;
    grouped.set(network, config);
  }
  return new Map(
    [...grouped].map(([network, options]) => {
      const { data, success } = configSchema.safeParse(options);
      if (!success)
        throw new ModelError(`the metadata \`${METADATA_KEY}\` has options of the wrong kind`, { where });
      if (data.use_dora === true) {
        throw new ModelError("this is a DoRA (weight-decomposed LoRA), which cannot be used", {
          where,
          hint: "Use a plain LoRA or LoCon; most authors publish one.",
        });
      }
      return [network, data];
    }),
  );
}

function parse(text: string, where: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below, as any other text that is no mapping.
  }
  throw new ModelError(`the metadata \`${METADATA_KEY}\` is no JSON mapping`, { where });
}

function splitOnce(key: string): [string, string | undefined] {
  const dot = key.indexOf(".");
  return dot === -1 ? [key, undefined] : [key.slice(0, dot), key.slice(dot + 1)];
}
