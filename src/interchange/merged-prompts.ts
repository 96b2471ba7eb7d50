/** Whether prompts hold the texts of Deforum's two boxes already: files that a run saved have them in every prompt. */

/** Whether every prompt begins with the text of the positive box. */
export function holdsPositive(prompts: readonly string[], positive: string): boolean {
  return prompts.length > 0 && prompts.every((text) => text.trimStart().startsWith(positive));
}

/** Whether every prompt has a negative part that ends with the text of the negative box. */
export function holdsNegative(prompts: readonly string[], negative: string): boolean {
  return (
    prompts.length > 0 && prompts.every((text) => text.includes("--neg") && text.trimEnd().endsWith(negative))
  );
}
