/** What the flags of `animate img2img` ask for. */

import yargs from "yargs";
import { img2imgOptions, readImg2imgFlags } from "../../src/cli/img2img-options.ts";
import { requireOnce } from "../../src/cli/require-once.ts";

/** @param args the folder first; paths start at the working directory */
export async function parseImg2img(args: readonly string[]) {
  const parser = img2imgOptions(yargs([]).command("$0 <folder>", "").strict())
    .parserConfiguration({ "parse-numbers": false, "parse-positional-numbers": false, "dot-notation": false })
    .check(requireOnce)
    .exitProcess(false)
    .fail((message, error: Error | undefined) => {
      throw error ?? new Error(message);
    });
  return await readImg2imgFlags(await parser.parseAsync([...args]));
}
