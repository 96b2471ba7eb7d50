/** Network tags in prompts, `<lora:name:0.8>`: taken out of the text and read. */

export interface NetworkTag {
  /** `lora`, `lyco`, `hypernet`, …, as written. */
  readonly kind: string;
  /** Arguments without a name, in order. */
  readonly positional: readonly string[];
  /** Arguments of the form `unet=0.7`. */
  readonly named: ReadonlyMap<string, string>;
  /** The whole tag. */
  readonly text: string;
}

export interface TaggedPrompt {
  /** The prompt without its tags; spaces around them stay. */
  readonly text: string;
  readonly tags: readonly NetworkTag[];
}

/** Without another `<` inside, unlike the web UI: a text full of them would take time quadratic in its length. */
const TAG = /<(\w+):([^<>]+)>/g;

/**
 * Takes the tags out of a prompt: `<kind:argument:argument>`, arguments cut at each colon, the last of equal names counts.
 *
 * Source: stable-diffusion-webui 1.10, extra networks (behavior).
 */
export function takeNetworkTags(prompt: string): TaggedPrompt {
  const tags: NetworkTag[] = [];
  const text = prompt.replace(TAG, (whole, kind: string, content: string) => {
    const positional: string[] = [];
    const named = new Map<string, string>();
    for (const argument of content.split(":")) {
      const equals = argument.indexOf("=");
      if (equals === -1) positional.push(argument);
      else named.set(argument.slice(0, equals), argument.slice(equals + 1));
    }
    tags.push({ kind, positional, named, text: whole });
    return "";
  });
  return { text, tags };
}
