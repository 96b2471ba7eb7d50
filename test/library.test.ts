/** The library of models from the command line: listed, pulled from a hub on this machine, added, removed. */

import { lstat, mkdir, readdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAnimate, startAnimate, temporaryFolder, TINY_MODEL, writeSchedule } from "./run-animate.ts";
import { CHECKPOINT as CHECKPOINT_FILE } from "./support/edited-checkpoint.ts";
import { COMMIT, sha256, startFakeHub } from "./support/fake-hub.ts";
import { CHECKPOINT, hanging, oneFile } from "./support/pull-models.ts";

interface Place {
  readonly folder: string;
  readonly root: string;
  readonly run: (...args: string[]) => ReturnType<typeof runAnimate>;
}

/** An empty working folder, an empty library, and the command in them. */
async function freshPlace(environment: Record<string, string> = {}): Promise<Place> {
  const folder = await realpath(await temporaryFolder());
  const root = join(folder, "library");
  const run = (...args: string[]) =>
    runAnimate(folder, args, {
      ANIMATE_LIBRARY: root,
      ANIMATE_MODELS: "",
      HF_ENDPOINT: "",
      HF_TOKEN: "",
      ...environment,
    });
  return { folder, root, run };
}

describe("models pull", () => {
  it("shows the license, and downloads only when it is accepted", async () => {
    const hub = await oneFile();
    const { root, run } = await freshPlace();
    const pull = ["models", "pull", "owner/model", "--mirror", hub.url, "--as", "tiny"];
    const refused = await run(...pull);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("tiny: 1 file, 3.1 MB, from owner/model at 0123456789");
    expect(refused.stderr).toContain(`license: creativeml-openrail-m, ${hub.url}/owner/model`);
    expect(refused.stderr).toContain("--accept-license");
    expect(await readdir(root).catch(() => [])).toEqual([]);

    const pulled = await run(...pull, "--accept-license");
    expect(pulled.exitCode, pulled.stderr).toBe(0);
    expect(pulled.stdout).toBe(`model tiny: ${join(root, "models/tiny.safetensors")}\n`);
    expect(pulled.stderr).toContain("tiny: 3.1 MB of 3.1 MB");

    const list = await run("models", "list");
    expect(list.stdout).toMatch(
      /^ {2}tiny +3\.1 MB +.*models\/tiny\.safetensors {2}owner\/model, creativeml-openrail-m$/m,
    );
  });

  it("stopped by Ctrl-C leaves what the next pull continues, and nothing else", async () => {
    const hub = await oneFile();
    hub.cdnFaults = [hanging(CHECKPOINT, 1_000_000)];
    const { folder, root } = await freshPlace();
    const args = ["models", "pull", "owner/model", "--mirror", hub.url, "--accept-license"];
    const running = startAnimate(folder, args, { ANIMATE_LIBRARY: root });
    await expect
      .poll(() => readdir(join(root, ".partial")).catch(() => []), { timeout: 60_000 })
      .toContainEqual(expect.stringMatching(/\.part$/));
    running.process.kill("SIGINT");
    const { exitCode, stderr } = await running.result;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("continue with the same command");
    expect(await readdir(root)).toEqual([".partial"]);
    expect(await readdir(join(root, ".partial"))).toHaveLength(1);
    const again = await runAnimate(folder, args, { ANIMATE_LIBRARY: root });
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await readdir(join(root, ".partial"))).toEqual([]);
  });

  it("says what is wrong with a name, a mirror, or a repository", async () => {
    const hub = await startFakeHub(new Map());
    const { run } = await freshPlace();
    const name = await run("models", "pull", "sdx");
    expect(name.exitCode).toBe(2);
    expect(name.stderr).toContain("did you mean sdxl?");
    const mirror = await run("models", "pull", "sd15", "--mirror", "ftp://elsewhere");
    expect(mirror.exitCode).toBe(2);
    expect(mirror.stderr).toContain("expected an address such as");
    const repository = await run("models", "pull", "owner/gone", "--mirror", hub.url);
    expect(repository.exitCode).toBe(7);
    expect(repository.stderr).toContain("there is no such repository, or it is private");
  });
});

describe("models add", () => {
  it("links to a checkpoint, which is then found by its name", async () => {
    const { root, run } = await freshPlace();
    const { exitCode, stdout } = await run("models", "add", CHECKPOINT_FILE, "--as", "hero");
    const path = join(root, "models/hero.safetensors");
    expect(stdout).toBe(`model hero: ${path}\n`);
    expect(exitCode).toBe(0);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    const list = await run("models", "list");
    expect(list.stdout).toMatch(/^ {2}hero .*models\/hero\.safetensors$/m);
  });

  it("links to a network, which is then listed and taken away by its name", async () => {
    const { folder, root, run } = await freshPlace();
    await writeFile(join(folder, "raft.onnx"), "weights and nodes");
    const { exitCode, stdout } = await run("models", "add", join(folder, "raft.onnx"));
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `network raft: ${join(root, "networks/raft.onnx")}\n`,
    });
    expect((await run("models", "list")).stdout).toMatch(/^networks\n {2}raft .*networks\/raft\.onnx$/m);
    expect((await run("models", "remove", "raft", "--yes")).exitCode).toBe(0);
    expect((await run("models", "list")).stdout).not.toContain("raft");
  });

  it("copies a folder, whole, and renders from it", async () => {
    const { folder, root, run } = await freshPlace();
    const added = await run("models", "add", TINY_MODEL, "--copy", "--as", "toy");
    expect(added.exitCode, added.stderr).toBe(0);
    expect((await lstat(join(root, "models/toy"))).isDirectory()).toBe(true);
    expect(await readdir(join(root, ".partial"))).toEqual([]);
    await writeSchedule(folder);
    const render = await run(
      "-s",
      "flight.yaml",
      "--model",
      "toy",
      "--low-memory",
      "--frames",
      "1",
      "--format",
      "png",
      "--out",
      "out",
    );
    expect(render.exitCode, render.stderr).toBe(0);
    const manifest = await readFile(join(folder, "out/manifest.json"), "utf8");
    expect(manifest).toContain('"name": "toy"');
  });

  it("downloads from an address once it is agreed to, and shows the hash", async () => {
    const site = await oneFile();
    const { root, run } = await freshPlace();
    const add = ["models", "add", `${site.url}/owner/model/resolve/${COMMIT}/tiny.safetensors?token=secret`];
    const refused = await run(...add);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("license: not stated, ");
    expect(refused.stderr).toContain("add --accept-license to agree beforehand");
    const { exitCode, stdout, stderr } = await run(...add, "--accept-license");
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe(
      `model tiny: ${join(root, "models/tiny.safetensors")}\nsha256 ${sha256(CHECKPOINT)}: compare it with the one on the model's page\n`,
    );
    const list = await run("models", "list");
    expect(list.stdout).toContain(`${site.url}/owner/model/resolve`);
    expect(list.stdout + stderr + refused.stderr).not.toContain("secret");
  });

  it("refuses what is there, what is nothing, and what is called something else", async () => {
    const { folder, run } = await freshPlace();
    await run("models", "add", CHECKPOINT_FILE, "--as", "hero");
    const twice = await run("models", "add", CHECKPOINT_FILE, "--as", "hero");
    expect(twice.exitCode).toBe(3);
    expect(twice.stderr).toContain("the library has something of that name already");
    await writeFile(join(folder, "notes.txt"), "");
    const nothing = await run("models", "add", "notes.txt");
    expect(nothing.exitCode).toBe(3);
    expect(nothing.stderr).toContain("no model, LoRA, embedding, ControlNet, VAE or network");
    const absent = await run("models", "add", "absent.safetensors");
    expect(absent.stderr).toContain("absent.safetensors: this is no model");
    const lora = await run("models", "add", CHECKPOINT_FILE, "--kind", "lora");
    expect(lora.stderr).toContain("of the kind model, not lora");
    await writeFile(join(folder, "old.ckpt"), "");
    expect((await run("models", "add", "old.ckpt")).stderr).toContain("is a Python pickle");
  });
});

describe("models remove", () => {
  it("asks first, removes a link and leaves its target", async () => {
    const { folder, root, run } = await freshPlace();
    const original = join(folder, "original.safetensors");
    await writeFile(original, CHECKPOINT);
    await run("models", "add", original, "--as", "hero");
    const asked = await run("models", "remove", "hero");
    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toContain("--yes");
    const removed = await run("models", "remove", "hero", "--yes");
    expect(removed.stdout).toBe("model hero removed\n");
    expect(await readdir(join(root, "models"))).toEqual([]);
    expect((await readFile(original)).equals(CHECKPOINT)).toBe(true);
  });

  it("removes a link whose target has gone, and what was pulled with its note", async () => {
    const hub = await oneFile();
    const { root, run } = await freshPlace();
    await run("models", "pull", "owner/model", "--mirror", hub.url, "--accept-license");
    await symlink("/nowhere/lost.safetensors", join(root, "models/lost.safetensors"));
    expect((await run("models", "remove", "lost", "--yes")).exitCode).toBe(0);
    expect((await run("models", "remove", "model", "--yes")).exitCode).toBe(0);
    expect(await readdir(join(root, "models"))).toEqual([]);
  });

  it("removes nothing but from the library", async () => {
    const { folder, root, run } = await freshPlace();
    await mkdir(join(folder, "models"));
    await writeFile(join(folder, "models/mine.safetensors"), CHECKPOINT);
    await mkdir(join(root, "models"), { recursive: true });
    for (const name of ["mine", "storybook", "../models/mine", ".."]) {
      const { exitCode, stderr } = await run("models", "remove", name, "--yes");
      expect(exitCode).toBe(3);
      expect(stderr).toContain("the library has nothing of that name");
    }
  });

  it("wants to know which when two kinds have the name", async () => {
    const { root, run } = await freshPlace();
    for (const kind of ["models", "loras"]) {
      await mkdir(join(root, kind), { recursive: true });
      await writeFile(join(root, kind, "hero.safetensors"), CHECKPOINT);
    }
    const both = await run("models", "remove", "hero", "--yes");
    expect(both.stderr).toContain("--kind model hero, or --kind lora hero");
    const one = await run("models", "remove", "hero", "--kind", "lora", "--yes");
    expect(one.stdout).toBe("lora hero removed\n");
  });
});

describe("models list", () => {
  it("shows what is where, in the library and in the trees of other programs, and what is wrong with it", async () => {
    const { folder, root } = await freshPlace();
    const files = {
      "library/models/hero.safetensors": CHECKPOINT,
      "library/loras/misplaced.safetensors": CHECKPOINT,
      "library/.partial/0.part": Buffer.alloc(5_000_000),
      "webui/models/Stable-diffusion/old.ckpt": Buffer.from("pickle"),
      "webui/models/Stable-diffusion/broken.safetensors": Buffer.from("not a model, but long enough"),
    };
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const environment = { ANIMATE_LIBRARY: root, ANIMATE_MODELS: join(folder, "webui") };
    const { stdout, exitCode } = await runAnimate(folder, ["models", "list"], environment);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^models\n {2}storybook +SD 1\.x +27\.\d MB +embedded$/m);
    expect(stdout).toMatch(/^ {2}hero .*3\.1 MB +.*library\/models\/hero\.safetensors$/m);
    expect(stdout).toMatch(/^ {2}old .*old\.ckpt {2}a Python pickle, never loaded$/m);
    expect(stdout).toMatch(/^ {2}broken .*broken\.safetensors {2}.*header/m);
    expect(stdout).toMatch(/^loras\n(.*\n)* {2}misplaced .*of the kind model, in the folder for another$/m);
    expect(stdout).toContain("unfinished downloads: 5.0 MB");
    const json = await runAnimate(folder, ["models", "list", "--json"], environment);
    const { items } = JSON.parse(json.stdout) as { items: { name: string; place: string }[] };
    expect(items.map(({ name, place }) => `${place}: ${name}`)).toContain("ANIMATE_MODELS: old");
  });

  it("shows the catalogue with sizes and licenses", async () => {
    const { run } = await freshPlace();
    const { stdout } = await run("models", "list", "--catalogue");
    expect(stdout).toMatch(/^ {2}sd15 +SD 1\.x +2\.13 GB .*\(CreativeML Open RAIL-M\)$/m);
  });
});
