import { expect, it } from "vitest";
import yargs from "yargs";
import { requireOnce } from "./require-once.ts";

async function parse(...args: string[]) {
  const parser = yargs([])
    .command({
      command: "paint [files..]",
      builder: (argv) =>
        argv
          .positional("files", { type: "string", array: true })
          .option("title", { type: "string", alias: "t" })
          .option("format", { choices: ["png", "jpg"] })
          .option("set", { type: "string", array: true, nargs: 1 })
          .option("force", { type: "boolean" }),
      handler: () => {},
    })
    .check(requireOnce)
    .exitProcess(false)
    .fail((message, error: Error | undefined) => {
      throw error ?? new Error(message);
    });
  return await parser.parseAsync(["paint", ...args]);
}

it("refuses an option of any command that stands there several times, by its name", async () => {
  await expect(parse("--title", "a", "--title", "b")).rejects.toThrow(
    "--title: expected it once, found it several times",
  );
  await expect(parse("-t", "a", "--title", "b")).rejects.toThrow("expected it once");
  await expect(parse("--format", "png", "--format", "jpg")).rejects.toThrow("--format: expected it once");
});

it("lets lists be lists, and a switch be turned on twice", async () => {
  const parsed = await parse("a", "b", "--set", "x=1", "--set", "y=2", "--force", "--force", "--title", "c");
  expect(parsed).toMatchObject({ files: ["a", "b"], set: ["x=1", "y=2"], force: true, title: "c" });
});
