import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { type Fault, sendContent, sha256 } from "../../test/support/fake-hub.ts";
import {
  breakingOff,
  CHECKPOINT,
  emptyLibrary,
  failureOf,
  filesIn,
  oneFile,
  pullFrom,
} from "../../test/support/pull-models.ts";

describe("servers that lie", () => {
  it("other content than the hash says: nothing is kept", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    const wrong = Buffer.from(CHECKPOINT);
    wrong[wrong.length - 1]! ^= 1;
    hub.cdnFaults = [
      (request, response) => {
        sendContent(request, response, wrong);
        return true;
      },
    ];
    const error = await failureOf(pullFrom(root, hub));
    expect(error).toContain(`the file has the hash ${sha256(wrong)}, expected ${sha256(CHECKPOINT)}`);
    expect(await filesIn(root)).toEqual([]);
  });

  it("another file than the catalogue knows: nothing is downloaded", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    const target = { file: "tiny.safetensors", sha256: "0".repeat(64) };
    const error = await failureOf(pullFrom(root, hub, { target }));
    expect(error).toContain(`hash ${sha256(CHECKPOINT)}, expected ${"0".repeat(64)}`);
    expect(hub.requests.some(({ server }) => server === "cdn")).toBe(false);
  });

  it.each([
    ["a longer file than listed", CHECKPOINT.length + 10, "bytes, its list of files"],
    ["a shorter file than listed", CHECKPOINT.length - 10, "bytes, its list of files"],
  ])("announces %s", async (_, length, text) => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = [
      (_request, response) => {
        response.writeHead(200, { "content-length": length }).end(Buffer.alloc(length));
        return true;
      },
    ];
    expect(await failureOf(pullFrom(root, hub))).toContain(text);
    expect(await filesIn(root)).toEqual([]);
  });

  it("sends more than it announces", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = [
      (_request, response) => {
        // In pieces without a total length.
        response.writeHead(200);
        response.write(CHECKPOINT);
        response.end(Buffer.alloc(1000));
        return true;
      },
    ];
    expect(await failureOf(pullFrom(root, hub))).toContain(
      `more bytes arrive than the ${CHECKPOINT.length} of the file`,
    );
    expect(await filesIn(root)).toEqual([]);
  });

  it("continues at another place than it was asked to", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = [
      breakingOff(CHECKPOINT, 1_000_000),
      (_request, response) => {
        response.writeHead(206, { "content-range": `bytes 0-${CHECKPOINT.length - 1}/${CHECKPOINT.length}` });
        response.end(CHECKPOINT);
        return true;
      },
    ];
    expect(await failureOf(pullFrom(root, hub))).toMatch(
      /the server offers bytes 0-\d+\/\d+, expected bytes \d+ on/,
    );
  });

  it.each([
    "../evil.safetensors",
    "/etc/evil.safetensors",
    "unet/../../evil.safetensors",
    "..\\evil.safetensors",
    "C:evil.safetensors",
    "unet//evil.safetensors",
    ".ssh/evil.json",
    "unet/nul.json",
    "evil.json ",
    "evil\u202egnp.json",
    "evil\u0000.json",
    `${"a/".repeat(20)}evil.json`,
    `${"a".repeat(250)}.json`,
  ])("lists a file as %j", async (path) => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.editListing = (entries) => [...entries, { ...entries[0]!, path }];
    // A trailing space makes it no kind of file that is taken.
    const outcome = await failureOf(pullFrom(root, hub)).catch(() => "pulled");
    expect(outcome).toMatch(path.endsWith(" ") ? /pulled/ : /a name that is not safe/);
    expect((await filesIn(root)).every((file) => !file.includes("evil"))).toBe(true);
  });

  it.each<[string, (entries: unknown[]) => unknown, string]>([
    ["no list", () => ({ files: [] }), "cannot be used"],
    ["holes", () => [null], "cannot be used"],
    [
      "a file without size",
      (all) => all.map((entry) => ({ ...(entry as object), size: "big" })),
      "has no size",
    ],
    ["a size below zero", (all) => all.map((entry) => ({ ...(entry as object), size: -1 })), "has no size"],
    [
      "a file without hash",
      (all) => all.map((entry) => ({ ...(entry as object), lfs: undefined, oid: "?" })),
      "has no hash",
    ],
    ["the same name twice", (all) => [...all, ...all], "two files have the same name"],
    [
      "names that differ in case",
      (all) => [...all, ...all.map((entry) => ({ ...(entry as object), path: "TINY.safetensors" }))],
      "two files have the same name",
    ],
    ["too many files", (all) => Array(6000).fill(all[0]), "more than 5000 files"],
  ])("sends %s for a list of files", async (_, edit, text) => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.editListing = edit;
    expect(await failureOf(pullFrom(root, hub))).toContain(text);
  });

  it("sends pages without end, answers without end, and no JSON", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.faults = listing((response) =>
      response.setHeader("link", `<${hub.url}/api/models/owner/model/tree/x>; rel="next"`).end("[]"),
    );
    expect(await failureOf(pullFrom(root, hub))).toContain("more than 20 pages");
    hub.faults = listing((response) => response.end(Buffer.alloc(17_000_000, " ")));
    expect(await failureOf(pullFrom(root, hub))).toContain("more than 16000000 bytes");
    hub.faults = listing((response) => response.end("<html>"));
    expect(await failureOf(pullFrom(root, hub))).toContain("the server's list of files cannot be used");
  });

  it("sends the token's bearer to another server for the next page", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    const other = await oneFile();
    hub.faults = [
      (request, response) => {
        if (!request.url?.includes("/tree/")) return false;
        response.setHeader("link", `<${other.url}/api/models/owner/model/tree/x>; rel="next"`).end("[]");
        return true;
      },
    ];
    const error = await failureOf(pullFrom(root, hub, { environment: { HF_TOKEN: "hf_secret" } }));
    expect(error).toContain("sent us on to another one");
    expect(other.requests).toEqual([]);
  });

  it("says LoRA and gives a model", async () => {
    const root = await emptyLibrary();
    const error = await failureOf(pullFrom(root, await oneFile(), { kind: "lora" }));
    expect(error).toContain("of the kind model, not lora");
    expect(error).toContain("--kind model");
    expect(await filesIn(root)).toEqual([`.partial/${sha256(CHECKPOINT)}.part`]);
  });

  it("gives a damaged file under the right hash", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile(Buffer.from("PK\u0003\u0004".padEnd(5000)));
    expect(await failureOf(pullFrom(root, hub))).toContain("a Python pickle");
    expect((await filesIn(root)).some((file) => file.startsWith("models"))).toBe(false);
  });
});

/** Answers to the request for the list of files. */
function listing(answer: (response: ServerResponse) => void): Fault[] {
  return [
    (request: IncomingMessage, response: ServerResponse) => {
      if (!request.url?.includes("/tree/")) return false;
      answer(response);
      return true;
    },
  ];
}
