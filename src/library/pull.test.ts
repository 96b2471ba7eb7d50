import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMIT, sha256, startFakeHub } from "../../test/support/fake-hub.ts";
import {
  CHECKPOINT,
  emptyLibrary,
  failing,
  failureOf,
  filesIn,
  hanging,
  oneFile,
  pullFrom,
  tinyFolder,
} from "../../test/support/pull-models.ts";
import { findPictureNetwork } from "../models/find-picture-network.ts";
import { findInLibrary } from "../models/library.ts";
import { connectHub } from "./hub.ts";
import { prepareOffer } from "./offer.ts";
import { parsePullTarget } from "./pull-target.ts";
import { readReceipt } from "./receipt.ts";

describe("pulling one file", () => {
  it("puts it where schedules find it, told by its content, with a note of its origin", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    const { kind, path } = await pullFrom(root, hub, { as: "hero" });
    expect(kind).toBe("model");
    expect(await findInLibrary("model", "hero", root, { ANIMATE_LIBRARY: root })).toBe(path);
    expect((await readFile(path)).equals(CHECKPOINT)).toBe(true);
    expect(await filesIn(root)).toEqual(["models/.hero.json", "models/hero.safetensors"]);
    expect(await readReceipt(root, "model", "hero")).toEqual({
      repo: "owner/model",
      commit: COMMIT,
      license: { name: "creativeml-openrail-m", url: `${hub.url}/owner/model` },
      files: [{ path: "tiny.safetensors", bytes: CHECKPOINT.length, hash: sha256(CHECKPOINT) }],
    });
  });

  it("names it after the file, or the repository where the file's name says nothing", async () => {
    const root = await emptyLibrary();
    const { path: named } = await pullFrom(root, await oneFile(), { text: "owner/model/tiny.safetensors" });
    expect(named).toBe(join(root, "models/tiny.safetensors"));
    expect((await pullFrom(root, await oneFile())).path).toBe(join(root, "models/model.safetensors"));
    await rm(join(root, "models"), { recursive: true });
    const hub = await startFakeHub(new Map([["diffusion_pytorch_model.safetensors", CHECKPOINT]]));
    const { path } = await pullFrom(root, hub, { text: "owner/model/diffusion_pytorch_model.safetensors" });
    expect(path).toBe(join(root, "models/model.safetensors"));
  });

  it("tells the bytes that are there so far", async () => {
    const root = await emptyLibrary();
    const seen: number[] = [];
    await pullFrom(root, await oneFile(), { options: { onBytes: (bytes) => seen.push(bytes) } });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(CHECKPOINT.length);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it("sends the token to the hub, and never to the network that delivers the content", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    await pullFrom(root, hub, { environment: { HF_TOKEN: "hf_secret" } });
    const tokens = (server: string) =>
      new Set(hub.requests.filter((request) => request.server === server).map(({ token }) => token));
    expect(tokens("hub")).toEqual(new Set(["Bearer hf_secret"]));
    expect(tokens("cdn")).toEqual(new Set([undefined]));
  });

  it("finds a mirror through HF_ENDPOINT", async () => {
    const hub = await oneFile();
    const connection = connectHub({
      signal: new AbortController().signal,
      environment: { HF_ENDPOINT: `${hub.url}/` },
    });
    expect(connection.endpoint).toBe(hub.url);
    expect((await prepareOffer(connection, parsePullTarget("owner/model", []))).bytes).toBe(
      CHECKPOINT.length,
    );
  });
});

describe("pulling a network in an ONNX file", () => {
  it("puts it where settings find it, named after the repository", async () => {
    const root = await emptyLibrary();
    const files = new Map([
      ["onnx/model.onnx", Buffer.from("weights and nodes")],
      ["config.json", Buffer.from("{}")],
    ]);
    const hub = await startFakeHub(files);
    const pulled = await pullFrom(root, hub, { text: "owner/model/onnx/model.onnx" });
    const path = join(root, "networks/model.onnx");
    expect(pulled).toMatchObject({ kind: "network", path });
    expect(await filesIn(root)).toEqual(["networks/.model.json", "networks/model.onnx"]);
    expect(await findPictureNetwork("depth", "model", "/", { ANIMATE_LIBRARY: root })).toBe(path);
    expect(await findInLibrary("network", "model.onnx", "/", { ANIMATE_LIBRARY: root })).toBe(path);
    const wrong = pullFrom(root, hub, { text: "owner/model/onnx/model.onnx", as: "b", kind: "lora" });
    expect(await failureOf(wrong)).toContain("of the kind network, not lora");
  });
});

describe("pulling a folder in the diffusers layout", () => {
  it("takes every part once, weights in half precision where there are both, and nothing else", async () => {
    const root = await emptyLibrary();
    const files = await tinyFolder();
    files.set(
      "unet/diffusion_pytorch_model.fp16.safetensors",
      files.get("unet/diffusion_pytorch_model.safetensors")!,
    );
    files.set("unet/diffusion_pytorch_model.bin", Buffer.from("pickle"));
    files.set("safety_checker/model.safetensors", CHECKPOINT);
    files.set("tiny.safetensors", CHECKPOINT);
    files.set("README.md", Buffer.from("# tiny"));
    const hub = await startFakeHub(files);
    hub.pageSize = 4;
    const { kind, path } = await pullFrom(root, hub);
    expect(kind).toBe("model");
    expect(path).toBe(join(root, "models/model"));
    const pulled = (await filesIn(root)).map((file) => file.replace("models/model/", ""));
    expect(pulled).toEqual([
      "models/.model.json",
      "model_index.json",
      "scheduler/scheduler_config.json",
      "text_encoder/config.json",
      "text_encoder/model.safetensors",
      "tokenizer/merges.txt",
      "tokenizer/vocab.json",
      "unet/config.json",
      "unet/diffusion_pytorch_model.fp16.safetensors",
      "vae/config.json",
      "vae/diffusion_pytorch_model.safetensors",
    ]);
  });

  it("leaves nothing in the library when one file of it fails, and takes the rest from where it was", async () => {
    const root = await emptyLibrary();
    const files = await tinyFolder();
    const hub = await startFakeHub(files);
    hub.faults = [failing(500, (request) => request.url?.endsWith("vocab.json") === true)];
    expect(await failureOf(pullFrom(root, hub))).toContain("the server answered 500");
    expect((await filesIn(root)).every((file) => file.startsWith(".partial/"))).toBe(true);
    hub.faults = [];
    hub.requests.length = 0;
    await pullFrom(root, hub);
    const again = hub.requests.filter(({ path }) => path.endsWith("model_index.json"));
    expect(again).toEqual([]);
    expect((await filesIn(root)).some((file) => file.startsWith(".partial/"))).toBe(false);
  });

  it("takes a ControlNet or VAE folder with its config", async () => {
    const root = await emptyLibrary();
    const files = await tinyFolder();
    const hub = await startFakeHub(
      new Map([
        ["config.json", files.get("vae/config.json")!],
        ["diffusion_pytorch_model.safetensors", files.get("vae/diffusion_pytorch_model.safetensors")!],
      ]),
    );
    const { kind, path } = await pullFrom(root, hub, { as: "small" });
    expect({ kind, path }).toEqual({ kind: "vae", path: join(root, "vae/small") });
  });
});

describe("the place on disk", () => {
  it("is asked for before anything is downloaded; what is there already does not count twice", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    const error = await failureOf(pullFrom(root, hub, { options: { freeBytes: almostEnough } }));
    expect(error).toContain("FileError");
    expect(error).toContain("not enough space: 0.00 GB are still to come, and 0.20 GB are free");
    expect(hub.requests.some(({ server }) => server === "cdn")).toBe(false);
    await mkdir(join(root, ".partial"), { recursive: true });
    await writeFile(join(root, `.partial/${sha256(CHECKPOINT)}.part`), CHECKPOINT.subarray(0, 10));
    await pullFrom(root, hub, { options: { freeBytes: almostEnough } });
    expect(hub.requests.at(-1)?.range).toBe("bytes=10-");
  });

  it("is not taken twice", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    await pullFrom(root, hub);
    const error = await failureOf(pullFrom(root, hub));
    expect(error).toContain("the library has something of that name already");
    expect(error).toContain("--as");
  });

  it("belongs to one pull at a time", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = [hanging(CHECKPOINT, 1_000_000)];
    const stop = new AbortController();
    let second: Promise<string> | undefined;
    const first = pullFrom(root, hub, {
      signal: stop.signal,
      options: {
        onBytes(bytes) {
          if (bytes > 0)
            second ??= failureOf(pullFrom(root, hub, { as: "other" })).finally(() => stop.abort());
        },
      },
    });
    await expect(first).rejects.toThrow("aborted");
    expect(await second).toContain(`process ${process.pid} is downloading into this library`);
    await pullFrom(root, hub);
  });

  it("replaces a part that is longer than the file", async () => {
    const root = await emptyLibrary();
    await mkdir(join(root, ".partial"));
    await writeFile(join(root, `.partial/${sha256(CHECKPOINT)}.part`), Buffer.alloc(CHECKPOINT.length + 1));
    await pullFrom(root, await oneFile());
  });

  it("finds out a part that was damaged meanwhile", async () => {
    const root = await emptyLibrary();
    await mkdir(join(root, ".partial"));
    await writeFile(join(root, `.partial/${sha256(CHECKPOINT)}.part`), Buffer.alloc(1000));
    const hub = await oneFile();
    expect(await failureOf(pullFrom(root, hub))).toContain("the file has the hash");
    await pullFrom(root, hub);
  });
});

/** One byte less than a pull of the checkpoint wants to see free. */
function almostEnough(): Promise<number> {
  return Promise.resolve(200_000_000 + CHECKPOINT.length - 1);
}
