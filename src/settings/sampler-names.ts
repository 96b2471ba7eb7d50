/** All samplers by name, and what is known of each: the one table behind the setting, the errors, the manual and the sampler functions. */

import { LIMITS } from "../limits.ts";

/** How the noise levels of a walk are spaced; `uniform` is in the timestep and needs no word in the name. */
export const SPACINGS = {
  karras: { label: "Karras", description: "dense at the low end: fine detail in few steps" },
  exponential: { label: "Exponential", description: "equal ratios: denser still at the low end" },
  sgm_uniform: {
    label: "SGM Uniform",
    description: "even, and the last step is a long one: for turbo models",
  },
} as const;

export type Spacing = keyof typeof SPACINGS;

export interface SamplerFacts {
  /** A1111's name. */
  readonly label: string;
  /** Further names in other programs. Upper and lower case, spaces, - and _ make no difference, and ++ may be pp. */
  readonly aliases: readonly string[];
  /** Order of the method: how fast its error falls with more steps. */
  readonly order: 1 | 2 | 3 | 4;
  /** Network evaluations: one per step; two, but one in the last step; or one per step and one more in the first of several. */
  readonly evaluations: "one" | "two" | "one more";
  /** The setting under `sampling` that says how much noise the steps add; undefined for samplers that add none, or a fixed amount. */
  readonly eta?: "ddim_eta" | "ancestral_eta" | "tcd_eta";
  /** Whether the steps add noise at the default settings. */
  readonly addsNoise: boolean;
  /** Whether it reads sampling.s_churn. */
  readonly churns?: boolean;
  /** Whether it walks models of flow matching, too. */
  readonly flow?: boolean;
  /** Spacings it may be asked for besides its own. */
  readonly spacings: readonly Spacing[];
  /** What it is good for, in one sentence. */
  readonly use: string;
}

const ALL: readonly Spacing[] = ["karras", "exponential", "sgm_uniform"];

/** In the order of the manual. */
const TABLE = {
  ddim: {
    label: "DDIM",
    aliases: ["DDIMScheduler"],
    order: 1,
    evaluations: "one",
    eta: "ddim_eta",
    addsNoise: false,
    spacings: [],
    use: "Plain and predictable; the reference of many papers.",
  },
  ddpm: {
    label: "DDPM",
    aliases: ["DDPMScheduler"],
    order: 1,
    evaluations: "one",
    addsNoise: true,
    spacings: [],
    use: "The original chain; wants many steps.",
  },
  pndm: {
    label: "PLMS",
    aliases: ["PNDM", "PNDMScheduler"],
    order: 4,
    evaluations: "one more",
    addsNoise: false,
    spacings: [],
    use: "The first default of Stable Diffusion; 20 steps and more.",
  },
  euler: {
    label: "Euler",
    aliases: ["k_euler", "EulerDiscreteScheduler", "flow_match_euler", "FlowMatchEulerDiscreteScheduler"],
    order: 1,
    evaluations: "one",
    addsNoise: false,
    churns: true,
    flow: true,
    spacings: ALL,
    use: "Robust at any number of steps; calm between frames.",
  },
  euler_a: {
    label: "Euler a",
    aliases: ["Euler ancestral", "k_euler_a", "k_euler_ancestral", "EulerAncestralDiscreteScheduler"],
    order: 1,
    evaluations: "one",
    eta: "ancestral_eta",
    addsNoise: true,
    spacings: ALL,
    use: "Deforum's default: lively, invents detail in every frame.",
  },
  heun: {
    label: "Heun",
    aliases: ["k_heun", "HeunDiscreteScheduler", "flow_match_heun", "FlowMatchHeunDiscreteScheduler"],
    order: 2,
    evaluations: "two",
    addsNoise: false,
    churns: true,
    flow: true,
    spacings: ALL,
    use: "Euler's result in fewer but twice as dear steps.",
  },
  dpm2: {
    label: "DPM2",
    aliases: ["dpm_2", "k_dpm_2", "KDPM2DiscreteScheduler"],
    order: 2,
    evaluations: "two",
    addsNoise: false,
    churns: true,
    spacings: ALL,
    use: "Like Heun, a little finer.",
  },
  dpm2_a: {
    label: "DPM2 a",
    aliases: ["DPM2 ancestral", "dpm_2_ancestral", "k_dpm_2_a", "KDPM2AncestralDiscreteScheduler"],
    order: 2,
    evaluations: "two",
    eta: "ancestral_eta",
    addsNoise: true,
    spacings: ALL,
    use: "Euler a with better steps at twice the price.",
  },
  lms: {
    label: "LMS",
    aliases: ["k_lms", "LMSDiscreteScheduler"],
    order: 4,
    evaluations: "one",
    addsNoise: false,
    spacings: ALL,
    use: "Exact with 20 steps and more; rough with few.",
  },
  dpmpp_2s_a: {
    label: "DPM++ 2S a",
    aliases: ["dpmpp_2s_ancestral", "k_dpmpp_2s_a"],
    order: 2,
    evaluations: "two",
    eta: "ancestral_eta",
    addsNoise: true,
    spacings: ALL,
    use: "Lively like Euler a, cleaner, twice the price.",
  },
  dpmpp_2m: {
    label: "DPM++ 2M",
    aliases: ["k_dpmpp_2m", "DPMSolverMultistepScheduler", "dpmsolver++"],
    order: 2,
    evaluations: "one",
    addsNoise: false,
    spacings: ALL,
    use: "The best picture per second for most models, with Karras above all.",
  },
  dpmpp_sde: {
    label: "DPM++ SDE",
    aliases: ["dpmpp_sde_gpu", "k_dpmpp_sde", "DPMSolverSDEScheduler"],
    order: 2,
    evaluations: "two",
    eta: "ancestral_eta",
    addsNoise: true,
    spacings: ALL,
    use: "Rich detail in 6 to 12 steps; also for SDXL turbo.",
  },
  dpmpp_2m_sde: {
    label: "DPM++ 2M SDE",
    aliases: ["dpmpp_2m_sde_gpu", "k_dpmpp_2m_sde", "sde-dpmsolver++"],
    order: 2,
    evaluations: "one",
    eta: "ancestral_eta",
    addsNoise: true,
    spacings: ALL,
    use: "DPM++ 2M with the liveliness of noise; 15 steps and more.",
  },
  dpmpp_3m_sde: {
    label: "DPM++ 3M SDE",
    aliases: ["dpmpp_3m_sde_gpu", "k_dpmpp_3m_sde"],
    order: 3,
    evaluations: "one",
    eta: "ancestral_eta",
    addsNoise: true,
    spacings: ALL,
    use: "For 25 steps and more, with exponential spacing.",
  },
  unipc: {
    label: "UniPC",
    aliases: ["uni_pc", "UniPCMultistepScheduler"],
    order: 2,
    evaluations: "one",
    addsNoise: false,
    spacings: ["karras", "exponential"],
    use: "Good from 6 steps on.",
  },
  lcm: {
    label: "LCM",
    aliases: ["LCMScheduler"],
    order: 1,
    evaluations: "one",
    addsNoise: true,
    spacings: [],
    use: "Only for models and LoRAs of the LCM kind: 2 to 8 steps, guidance 1 to 2.",
  },
  tcd: {
    label: "TCD",
    aliases: ["TCDScheduler"],
    order: 1,
    evaluations: "one",
    eta: "tcd_eta",
    addsNoise: true,
    spacings: [],
    use: "Only for models and LoRAs of the TCD or LCM kind: 2 to 8 steps, guidance 1 to 2.",
  },
} as const satisfies Record<string, SamplerFacts>;

export type SamplerBase = keyof typeof TABLE;

export const SAMPLER_FACTS: Readonly<Record<SamplerBase, SamplerFacts>> = TABLE;

/** Our name of a sampler: `euler_a`, `dpmpp_2m_karras`. */
export type SamplerName = string;

/** A name taken apart. */
export interface NamedSampler {
  readonly base: SamplerBase;
  /** Undefined for the sampler's own spacing. */
  readonly spacing: Spacing | undefined;
}

const named = new Map<SamplerName, NamedSampler>();
/** Every spelling without case and marks → our name. */
const bySpelling = new Map<string, SamplerName>();
const labels = new Map<SamplerName, string>();

for (const [key, facts] of Object.entries(SAMPLER_FACTS)) {
  const base = key as SamplerBase;
  for (const spacing of [undefined, ...facts.spacings]) {
    const name = spacing === undefined ? base : `${base}_${spacing}`;
    const ending = spacing === undefined ? "" : ` ${SPACINGS[spacing].label}`;
    named.set(name, { base, spacing });
    labels.set(name, facts.label + ending);
    for (const spelling of [base, facts.label, ...facts.aliases])
      bySpelling.set(bare(spelling + ending), name);
  }
}

/** Every name that may be asked for, ours. */
export const SAMPLER_NAMES: readonly SamplerName[] = [...named.keys()];

/** A1111's name: `DPM++ 2M Karras`. */
export function samplerLabel(name: SamplerName): string {
  return labels.get(name) ?? name;
}

/** Our name for any spelling, `DPM++ 2M Karras` or `k_euler_a`; undefined for a text that names no sampler. */
export function samplerNamed(text: string): SamplerName | undefined {
  return text.length > LIMITS.settings.samplerCharacters ? undefined : bySpelling.get(bare(text));
}

/** The parts of one of {@link SAMPLER_NAMES}. */
export function samplerParts(name: SamplerName): NamedSampler | undefined {
  return named.get(name);
}

/** Network evaluations of a walk of so many steps. */
export function samplerEvaluations(name: SamplerName, steps: number): number {
  const parts = named.get(name);
  const per = parts && SAMPLER_FACTS[parts.base].evaluations;
  if (per === "two") return 2 * steps - 1;
  return per === "one more" && steps > 1 ? steps + 1 : steps;
}

/** What an error says of names: the bases, and the endings. */
export const SAMPLER_EXPECTATION = `one of ${Object.keys(SAMPLER_FACTS).join(", ")}, most also with ${Object.keys(
  SPACINGS,
)
  .map((spacing) => `_${spacing}`)
  .join(", ")}`;

function bare(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("++", "pp")
    .replaceAll(/[^a-z0-9]/g, "");
}
