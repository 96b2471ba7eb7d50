/** What differs between two versions of a frame's values or of a run's facts, in the words of the schedule. */

export type Values = Readonly<Record<string, unknown>>;

/** One setting, or input, that is another one. */
export interface Change {
  /** `motion.zoom`, or a sentence where there are no values to show: `text of prompt`. */
  readonly what: string;
  /** `1.02 → 1.05`; null where there is nothing to show. */
  readonly values: string | null;
}

/** What a hash stands for, then and now: `model storybook`. */
export interface HashNames {
  readonly before: ReadonlyMap<string, string>;
  readonly now: ReadonlyMap<string, string>;
}

/** Where facts and plans have other words than schedules. */
const WORDS: Readonly<Record<string, string>> = {
  runtime: "onnxruntime",
  pixels: "pixels of version",
  initImage: "init.image",
  words: "mask.words_model",
  vae_tiles: "vae_tiling",
  diffuse: "drawn by the model",
  promptKey: "key of prompt",
  promptTransition: "transition of prompt",
  noiseSeed: "seed of noise",
  newerShare: "place between two drawn frames",
  madeFrom: "frame that it is made from",
};

/** Counted in `frame` already, or nothing that a schedule says. */
const LEFT_OUT: ReadonlySet<string> = new Set(["frame"]);

const PROMPT_TEXT = "text of prompt";
const HASH = /^[0-9a-f]{64}$/;

/** The changes from `before` to `now`, in the order of the values; none where they are equal. */
export function diffValues(before: Values, now: Values, names: HashNames): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changes = keys.flatMap((key) => {
    if (LEFT_OUT.has(key) || isEqual(before[key], now[key])) return [];
    if (key === "prompts") return [diffPrompts(before[key], now[key])];
    if (key === "negativePrompt") return [{ what: "text of negative prompt", values: null }];
    if (key === "inputs") return [{ what: "a picture that it reads has other contents", values: null }];
    if (key === "size") return [{ what: "size", values: `${sizeText(before[key])} → ${sizeText(now[key])}` }];
    return diffAt(WORDS[key] ?? key, before[key], now[key], names);
  });
  // Where another text comes in, so does its key.
  const hasText = changes.some(({ what }) => what === PROMPT_TEXT);
  return hasText ? changes.filter(({ what }) => what !== WORDS["promptKey"]) : changes;
}

function diffAt(what: string, before: unknown, now: unknown, names: HashNames): Change[] {
  if (isEqual(before, now)) return [];
  if (isObject(before) && isObject(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) => diffAt(`${what}.${key}`, before[key], now[key], names));
  }
  if ([before, now].every((value) => typeof value === "string" && HASH.test(value))) {
    const [then, today] = [names.before.get(before as string), names.now.get(now as string)];
    if (then !== undefined && today !== undefined && then !== today)
      return [{ what: then, values: `→ ${today}` }];
    return [{ what: `${today ?? then ?? what} has other contents`, values: null }];
  }
  const shown = [valueText(before), valueText(now)];
  return [{ what, values: shown.includes(null) ? null : `${shown[0]} → ${shown[1]}` }];
}

function diffPrompts(before: unknown, now: unknown): Change {
  const what = isEqual(textsOf(before), textsOf(now)) ? "shares of prompts" : PROMPT_TEXT;
  return { what, values: null };
}

function textsOf(prompts: unknown): unknown {
  if (!Array.isArray(prompts)) return prompts;
  return prompts.map((prompt: unknown) => (isObject(prompt) ? prompt["text"] : prompt));
}

function sizeText(size: unknown): string {
  return isObject(size) ? `${String(size["width"])}×${String(size["height"])}` : "default";
}

/** Null for what would not fit into a line. A value that is left out is at its default. */
function valueText(value: unknown): string | null {
  if (value === undefined) return "default";
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (typeof value === "boolean") return value ? "on" : "off";
  if (value === null) return "none";
  if (typeof value === "string" && HASH.test(value)) return "a file";
  return typeof value === "string" && value.length <= 40 ? value : null;
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
  );
}
