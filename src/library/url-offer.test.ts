/** Files at addresses of their own: asked, downloaded, continued, and refused, from a server on this machine. */

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { COMMIT, type FakeHub, sha256 } from "../../test/support/fake-hub.ts";
import {
  breakingOff,
  CHECKPOINT,
  emptyLibrary,
  failing,
  failureOf,
  filesIn,
  oneFile,
} from "../../test/support/pull-models.ts";
import { pull } from "./pull.ts";
import { connectSite, isUrl, prepareUrlOffer, type UrlWishes } from "./url-offer.ts";

const PATH = `/owner/model/resolve/${COMMIT}/tiny.safetensors`;
const addressIn = (site: FakeHub) => `${site.url}${PATH}?token=secret`;

async function add(url: string, root: string, wishes: UrlWishes = {}, silence = 60_000) {
  const site = connectSite(url, { signal: new AbortController().signal, second: 1, silence });
  const offer = await prepareUrlOffer(site, url, wishes);
  return { offer, pulled: await pull(site, offer, { root, onBytes: () => {} }) };
}

/** Starts a server with one answer for everything; resolves to an address on it. */
async function serve(answer: RequestListener, path = "/hero.safetensors"): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

/** What an answer with these headers and content is refused with. */
async function refusalOf(headers: Record<string, string>, content: string | Buffer, path?: string) {
  const url = await serve((_, response) => response.writeHead(200, headers).end(content), path);
  return await failureOf(add(url, await emptyLibrary()));
}

describe("a file at an address", () => {
  it("is told from a path", () => {
    expect(isUrl("https://example.org/a.safetensors")).toBe(true);
    expect(isUrl("HTTP://example.org")).toBe(true);
    expect(isUrl("./https.safetensors")).toBe(false);
    expect(isUrl("C:\\models\\a.safetensors")).toBe(false);
  });

  it("is offered with size and name, downloaded, and put where it belongs", async () => {
    const site = await oneFile();
    const root = await emptyLibrary();
    const { offer, pulled } = await add(addressIn(site), root);
    expect(offer).toMatchObject({ bytes: CHECKPOINT.length, license: { name: "not stated" } });
    expect(offer.target.name).toBe("tiny");
    expect(pulled).toMatchObject({ kind: "model", path: join(root, "models/tiny.safetensors") });
    expect(pulled.files[0]!.hash).toBe(sha256(CHECKPOINT));
    expect(sha256(await readFile(pulled.path))).toBe(sha256(CHECKPOINT));
    expect(await filesIn(root)).toEqual(["models/.tiny.json", "models/tiny.safetensors"]);
  });

  it("keeps a token in the address to itself", async () => {
    const site = await oneFile();
    const root = await emptyLibrary();
    const { offer } = await add(addressIn(site), root);
    expect(offer.repository.repo).toBe(`${site.url}${PATH}`);
    expect(await readFile(join(root, "models/.tiny.json"), "utf8")).not.toContain("secret");
    site.faults.push(failing(500, () => true));
    expect(await failureOf(add(addressIn(site), root))).not.toContain("secret");
  });

  it("is continued where the connection broke off", async () => {
    const site = await oneFile();
    const half = Math.floor(CHECKPOINT.length / 2);
    let asked = 0;
    // The first request only asks what the file is.
    const breaking = breakingOff(CHECKPOINT, half);
    site.cdnFaults.push((request, response) => asked++ > 0 && breaking(request, response));
    const { pulled } = await add(addressIn(site), await emptyLibrary());
    expect(sha256(await readFile(pulled.path))).toBe(sha256(CHECKPOINT));
    const ranges = site.requests.filter(({ server }) => server === "cdn").map(({ range }) => range);
    expect(ranges.slice(0, 2)).toEqual([undefined, undefined]);
    expect(Number(/^bytes=(\d+)-$/.exec(ranges[2] ?? "")?.[1])).toBeGreaterThan(0);
  });

  it("must have the hash that the user gives", async () => {
    const site = await oneFile();
    const root = await emptyLibrary();
    const wrong = await failureOf(add(addressIn(site), root, { sha256: "0".repeat(64) }));
    expect(wrong).toContain(`the file has the hash ${sha256(CHECKPOINT)}, expected 000`);
    expect(await filesIn(root)).toEqual([]);
    const { pulled } = await add(addressIn(site), root, { sha256: sha256(CHECKPOINT).toUpperCase() });
    expect(pulled.kind).toBe("model");
    expect(await failureOf(add(addressIn(site), root, { sha256: "abc" }))).toContain(
      "expected a sha256, 64 digits from 0 to f",
    );
  });

  it("has the name that the server gives it, or the user", async () => {
    const url = await serve((_, response) => {
      const headers = {
        "content-length": CHECKPOINT.length,
        "content-disposition": `attachment; filename="../sneaky hero.safetensors"`,
      };
      response.writeHead(200, headers).end(CHECKPOINT);
    }, "/api/download/models/1234");
    const root = await emptyLibrary();
    expect((await add(url, root)).pulled.path).toBe(join(root, "models/sneaky hero.safetensors"));
    expect((await add(url, root, { as: "hero" })).pulled.path).toBe(join(root, "models/hero.safetensors"));
  });

  it("is refused before it is downloaded when it is none, or says too little", async () => {
    const page = "<!doctype html><p>Log in";
    expect(await refusalOf({ "content-length": String(page.length) }, page)).toContain(
      "this is no safetensors file, but a web page",
    );
    expect(await refusalOf({ "content-length": "9" }, "PK\u0003\u0004 pickle")).toContain("a Python pickle");
    expect(await refusalOf({}, CHECKPOINT, "/old.ckpt")).toContain("`old.ckpt` is a Python pickle");
    expect(await refusalOf({ "transfer-encoding": "chunked" }, CHECKPOINT)).toContain(
      "the server does not say how large the file is",
    );
    expect(
      await refusalOf({ "content-length": String(CHECKPOINT.length) }, CHECKPOINT, "/%2e%2e%2f"),
    ).toContain("expected a name of letters");
  });

  it("is refused in words for sites, not for the hub", async () => {
    const site = await oneFile();
    const root = await emptyLibrary();
    site.faults.push(failing(403, () => true));
    expect(await failureOf(add(addressIn(site), root))).toContain(
      "the site wants you to log in, or to accept terms (Download it in the browser",
    );
    site.faults = [failing(404, () => true)];
    expect(await failureOf(add(addressIn(site), root))).toContain("there is nothing at this address");
    const silent = await serve((_, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.flushHeaders();
    });
    expect(await failureOf(add(silent, root, {}, 100))).toContain(
      "the server announces a file and sends nothing",
    );
  });
});
