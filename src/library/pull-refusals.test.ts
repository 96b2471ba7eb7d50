import { describe, expect, it } from "vitest";
import { startFakeHub } from "../../test/support/fake-hub.ts";
import {
  CHECKPOINT,
  emptyLibrary,
  failing,
  failureOf,
  filesIn,
  oneFile,
  pullFrom,
} from "../../test/support/pull-models.ts";

describe("a model that the catalogue knows to be gated", () => {
  it("is refused without a token before the server is asked, and downloaded with one", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    const wishes = { target: { gated: true } };
    const error = await failureOf(pullFrom(root, hub, wishes));
    expect(error).toContain("only to people who accepted its terms on its page");
    expect(error).toContain(`accept them at ${hub.url}/owner/model, make a token`);
    expect(hub.requests).toEqual([]);
    const pulled = await pullFrom(root, hub, { ...wishes, environment: { HF_TOKEN: "hf_secret" } });
    expect(pulled.kind).toBe("model");
  });
});

describe("refusals of the server", () => {
  it.each<[string, number, Record<string, string>, string[]]>([
    [
      "a gated model",
      401,
      { "x-error-code": "GatedRepo" },
      ["accepted its terms", "HF_TOKEN", "/owner/model,"],
    ],
    ["a gated model, with a token without access", 403, {}, ["accepted its terms", "HF_TOKEN"]],
    [
      "an unknown or private repository",
      401,
      {},
      ["there is no such repository, or it is private", "HF_TOKEN"],
    ],
    ["a repository that is gone", 404, {}, ["there is no such repository"]],
    ["an unknown revision", 404, { "x-error-code": "RevisionNotFound" }, ["no such revision", "--revision"]],
    ["a server in trouble", 503, {}, ["the server answered 503", "--mirror"]],
    ["a server that asks for an hour", 429, { "retry-after": "3600" }, ["too many requests", "in 60 min"]],
    ["a server that is never satisfied", 429, {}, ["too many requests", "later"]],
  ])("%s", async (_, status, headers, texts) => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.faults = [failing(status, () => true, headers)];
    const error = await failureOf(pullFrom(root, hub));
    for (const text of texts) expect(error).toContain(text);
    expect(await filesIn(root)).toEqual([]);
  });

  it("a token that is not accepted", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.faults = [failing(401, () => true)];
    const error = await failureOf(pullFrom(root, hub, { environment: { HF_TOKEN: "hf_old" } }));
    expect(error).toContain("does not accept the token");
    expect(error).not.toContain("hf_old");
  });

  it("waits as long as the server asks, then goes on", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    let refused = 0;
    hub.faults = [
      (_, response) => {
        if (++refused > 3) return false;
        response.writeHead(429, { "retry-after": "20" }).end();
        return true;
      },
    ];
    const started = performance.now();
    await pullFrom(root, hub);
    // Three times 20 seconds, of a millisecond each.
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
  });

  it("a file that the repository does not have", async () => {
    const root = await emptyLibrary();
    const error = await failureOf(pullFrom(root, await oneFile(), { text: "owner/model/other.safetensors" }));
    expect(error).toContain("there is no file other.safetensors");
    expect(error).toContain("animate models pull owner/model/tiny.safetensors");
  });

  it("a repository with several checkpoints, or with pickles only", async () => {
    const root = await emptyLibrary();
    const several = await startFakeHub(
      new Map([
        ["a.safetensors", CHECKPOINT],
        ["b.safetensors", CHECKPOINT],
      ]),
    );
    const error = await failureOf(pullFrom(root, several));
    expect(error).toContain("it holds several checkpoints");
    expect(error).toContain("animate models pull owner/model/b.safetensors");
    const pickles = await startFakeHub(new Map([["model.ckpt", CHECKPOINT]]));
    expect(await failureOf(pullFrom(root, pickles))).toContain("only Python pickles");
  });
});
