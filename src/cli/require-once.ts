/** Options that say one thing, given once: yargs makes a list of one that stands there twice, whatever it was declared as. */

import { SettingsError } from "../errors.ts";

/**
 * A check of yargs, for all commands.
 *
 * @param options what yargs knows of the command's options; `key` has their names, `array` those that may be given several times
 * @throws SettingsError for an option that is there several times
 */
export function requireOnce(argv: object, options: object): true {
  const { key, array } = options as { readonly key: object; readonly array: readonly string[] };
  const twice = Object.entries(argv).find(
    ([name, value]) => Array.isArray(value) && Object.hasOwn(key, name) && !array.includes(name),
  );
  if (twice === undefined) return true;
  const message = "expected it once, found it several times";
  throw new SettingsError([{ location: `--${twice[0]}`, path: "", message, hint: "leave out all but one" }]);
}
