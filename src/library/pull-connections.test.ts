import type { IncomingMessage, ServerResponse } from "node:http";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sendContent, sha256 } from "../../test/support/fake-hub.ts";
import {
  breakingOff,
  breakOff,
  CHECKPOINT,
  emptyLibrary,
  failureOf,
  filesIn,
  hanging,
  oneFile,
  pullFrom,
} from "../../test/support/pull-models.ts";

describe("broken connections", () => {
  it("continues where the line broke, and checks the whole", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = [breakingOff(CHECKPOINT, 1_000_000), breakingOff(CHECKPOINT, 1_500_000)];
    const { path } = await pullFrom(root, hub);
    expect((await readFile(path)).equals(CHECKPOINT)).toBe(true);
    const ranges = hub.requests.filter(({ server }) => server === "cdn").map(({ range }) => range);
    expect(ranges[0]).toBe(undefined);
    for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=\d+-$/);
    expect(ranges).toHaveLength(3);
  });

  it("keeps what has arrived when it gives up or is stopped, and continues with the next pull", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = [
      breakingOff(CHECKPOINT, 1_000_000),
      ...Array<never>(5).fill(breakingOff(CHECKPOINT, 0) as never),
    ];
    expect(await failureOf(pullFrom(root, hub))).toMatch(
      /DownloadError .*the connection broke off again and again at \d+ of/,
    );
    const [part] = await filesIn(root);
    expect(part).toBe(`.partial/${sha256(CHECKPOINT)}.part`);
    const { size } = await stat(join(root, part!));
    expect(size).toBeGreaterThan(0);

    hub.cdnFaults = [hanging(CHECKPOINT, 1_500_000)];
    const stop = new AbortController();
    const stopped = pullFrom(root, hub, {
      signal: stop.signal,
      options: { onBytes: (bytes) => bytes > size && stop.abort() },
    });
    await expect(stopped).rejects.toThrow("aborted");
    expect(await filesIn(root)).toEqual([part]);
    const grown = (await stat(join(root, part!))).size;
    expect(grown).toBeGreaterThan(size);

    hub.cdnFaults = [];
    await pullFrom(root, hub);
    expect(hub.requests.at(-1)?.range).toBe(`bytes=${grown}-`);
    expect(await filesIn(root)).toEqual(["models/.model.json", "models/model.safetensors"]);
  });

  it("gives up on a server that never says a word more", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = Array<never>(6).fill(hanging(CHECKPOINT, 0) as never);
    expect(await failureOf(pullFrom(root, hub, { silence: 100 }))).toContain(
      "broke off again and again at 0 of",
    );
  });

  it("starts over where a server cannot continue, but not for ever", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    hub.cdnFaults = [breakingOff(CHECKPOINT, 1_000_000), wholeOnly];
    await pullFrom(root, hub, { as: "first" });
    hub.cdnFaults = [partly];
    expect(await failureOf(pullFrom(root, hub, { as: "second" }))).toContain("broke off again and again");
  });

  it("says so when nobody answers", async () => {
    const root = await emptyLibrary();
    const hub = await oneFile();
    const error = await failureOf(pullFrom(root, hub, { mirror: "http://127.0.0.1:9" }));
    expect(error).toMatch(/^DownloadError http:\/\/127\.0\.0\.1:9: no connection: .*\(Check the network/);
  });
});

/** A server that knows no ranges. */
function wholeOnly(request: IncomingMessage, response: ServerResponse): boolean {
  delete request.headers.range;
  sendContent(request, response, CHECKPOINT);
  return true;
}

/** One that cannot keep the line either. */
function partly(_request: IncomingMessage, response: ServerResponse): boolean {
  return breakOff(response, CHECKPOINT, 0, 1_000_000);
}
