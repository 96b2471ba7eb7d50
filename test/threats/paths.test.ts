/** Names and paths in files of others: a name is never a way out of the folder that it names something in. */

import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readChannel } from "../../src/brainstorm/channel.ts";
import { titleSlug } from "../../src/brainstorm/title.ts";
import { AnimateError } from "../../src/errors.ts";
import { checkName } from "../../src/library/pull-target.ts";
import { findRemoval } from "../../src/library/remove-model.ts";
import { requireSafePath } from "../../src/library/safe-path.ts";
import { findInLibrary } from "../../src/models/library.ts";
import { LIBRARY_KINDS } from "../../src/models/library-places.ts";
import { readLora } from "../../src/models/lora-file.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { KOHYA_LORA } from "../support/lora-file.ts";
import { modelErrorOf } from "../support/model-error.ts";
import { mistakesIn } from "../support/settings-mistakes.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const OUT = [
  "../../x",
  "..",
  ".",
  "/tmp/x",
  "a/b",
  "a/../../b",
  "a\\..\\b",
  "C:\\x",
  "C:x",
  "~/x",
  "%2e%2e/x",
  ".hidden",
  "x\0.yaml",
  "x\n../y",
  "\u202egnp",
  "",
  "x".repeat(300),
];

describe("the name of an animation", () => {
  it.each(OUT)("is refused as %j", (name) => {
    expect(mistakesIn(`prompts: x\nname: ${JSON.stringify(name)}`)).toMatch(
      /^a\.yaml:2:\d+ name: expected a name/,
    );
  });

  it.each([
    "../../etc/passwd.yaml",
    "/tmp/..yaml",
    "-rf.yaml",
    "a\nb.yaml",
    "$(id).yaml",
    "\u001b[2J.yaml",
    ".yaml",
  ])("that comes from the file %j stays one folder", (file) => {
    const { name } = loadSettings({ file, text: "prompts: x" }, []).settings;
    expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,99}$/);
  });
});

it.each(["../../x", "/tmp/still", "youtube/../../x", "800x450/../x", "x".repeat(300)])(
  "a format of stills is refused as %j",
  (name) => {
    expect(mistakesIn(`prompts: x\nthumbnails: { formats: [${JSON.stringify(name)}] }`)).toMatch(
      /^a\.yaml:2:\d+ thumbnails\.formats/,
    );
  },
);

it.each(OUT)("a title is a folder's name without ways out: %j", (title) => {
  expect(titleSlug(title)).toMatch(/^[a-z0-9][a-z0-9-]*$/);
});

describe("the library", () => {
  it.each(OUT)("takes no model under the name %j", (name) => {
    expect(() => checkName(name)).toThrow("expected a name of letters");
  });

  it.each([...OUT, "unet/../../x.safetensors", "con.safetensors", "a/./b", "a//b", "x."])(
    "writes no file that a server calls %j",
    (name) => {
      if (["a/b", "%2e%2e/x", "~/x"].includes(name))
        expect(() => requireSafePath(name, "server")).not.toThrow();
      else expect(() => requireSafePath(name, "server")).toThrow(AnimateError);
    },
  );

  it("removes nothing outside of it", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "library/models"), { recursive: true });
    await cp(KOHYA_LORA, join(folder, "precious.safetensors"));
    for (const name of [
      "../../precious",
      "../../precious.safetensors",
      join(folder, "precious"),
      "..",
      ".",
    ]) {
      const error = await modelErrorOf(findRemoval(join(folder, "library"), name, undefined));
      expect(error).toContain("the library has nothing of that name");
    }
    expect(await readdir(folder)).toContain("precious.safetensors");
  });

  it("finds by a name, not by a way around", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "library/loras"), { recursive: true });
    await cp(KOHYA_LORA, join(folder, "library/loras/style.safetensors"));
    const environment = { ANIMATE_LIBRARY: join(folder, "library") };
    const beside = join(folder, "schedules");
    expect(await findInLibrary("lora", "style", beside, environment)).toContain("style.safetensors");
    for (const name of ["../loras/style", "loras/../style", "style\0", "style/", "%73tyle", "./style"]) {
      expect(await modelErrorOf(findInLibrary("lora", name, beside, environment))).toMatch(
        /there is no such LoRA/,
      );
    }
  });
});

describe("a file of another kind in the place of a model", () => {
  it.each(LIBRARY_KINDS)("is refused as a %s, and nothing of it is shown", async (kind) => {
    const folder = await temporaryFolder();
    const secret = "root:x:0:0:a-secret-password";
    await writeFile(join(folder, "passwd"), `${secret}\n`);
    await writeFile(join(folder, "passwd.safetensors"), `${secret}\n`);
    await writeFile(join(folder, "passwd.onnx"), `${secret}\n`);
    expect(await modelErrorOf(findInLibrary(kind, join(folder, "passwd"), folder, {}))).not.toContain(
      "secret",
    );
    expect(await modelErrorOf(readLora(join(folder, "passwd.safetensors")))).not.toContain("secret");
  });
});

it.each(["../../package", "../settings", "/etc/passwd", "nope", "..\\x", "retro\0"])(
  "a channel is one of those there are, or a file of YAML: %j",
  async (name) => {
    const error: unknown = await readChannel(name).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AnimateError);
  },
);
