/** A server on this machine that speaks the protocol of the Hugging Face hub, with a second one as its content delivery network. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** Files from this size on are kept like those of Git LFS: with a sha256, delivered from elsewhere. */
const LFS_BYTES = 2000;

/** Handles a request instead of the server. Returns false to let the server answer after all. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface FakeHub {
  /** Base address of the hub. */
  readonly url: string;
  /** Method, path and interesting headers of every request, in order. */
  readonly requests: {
    readonly server: "hub" | "cdn";
    readonly path: string;
    readonly range: string | undefined;
    readonly token: string | undefined;
  }[];
  /** Asked before every answer of the hub. */
  faults: Fault[];
  /** Asked before every answer of the content delivery network. */
  cdnFaults: Fault[];
  /** Changes what the list of files says. */
  editListing: (entries: ListEntry[]) => unknown;
  /** Files of an answer to the listing; the rest are on the next page. */
  pageSize: number;
}

export interface ListEntry {
  type: string;
  path: string;
  size: number;
  oid: string;
  lfs?: { oid: string; size: number; pointerSize: number };
}

/** @param files path in the repository `owner/model` → content */
export async function startFakeHub(files: ReadonlyMap<string, Buffer>): Promise<FakeHub> {
  const cdn = createServer((request, response) => {
    note("cdn", request);
    if (hub.cdnFaults.some((fault) => fault(request, response))) return;
    sendContent(request, response, byHash(pathOf(request).slice(1)));
  });
  const cdnUrl = await listen(cdn);
  const server = createServer((request, response) => {
    note("hub", request);
    if (hub.faults.some((fault) => fault(request, response))) return;
    answer(request, response);
  });
  const hub: FakeHub = {
    url: await listen(server),
    requests: [],
    faults: [],
    cdnFaults: [],
    editListing: (entries) => entries,
    pageSize: 1000,
  };
  return hub;

  function note(which: "hub" | "cdn", request: IncomingMessage): void {
    const { range, authorization } = request.headers;
    hub.requests.push({ server: which, path: pathOf(request), range, token: authorization });
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request);
    if (path.startsWith("/api/models/owner/model/revision/")) return sendJson(response, modelInfo());
    if (path.startsWith("/api/models/owner/model/tree/")) return sendListing(request, response);
    const prefix = `/owner/model/resolve/${COMMIT}/`;
    const content = path.startsWith(prefix) ? files.get(path.slice(prefix.length)) : undefined;
    if (content === undefined) {
      const code = path.includes("owner/model") ? "EntryNotFound" : "RepoNotFound";
      // As the hub does it for strangers: what does not exist cannot be told from what is private.
      response.writeHead(code === "RepoNotFound" ? 401 : 404, { "x-error-code": code }).end();
    } else if (content.length >= LFS_BYTES) {
      response.writeHead(302, { location: `${cdnUrl}/${sha256(content)}` }).end();
    } else {
      sendContent(request, response, content);
    }
  }

  function sendListing(request: IncomingMessage, response: ServerResponse): void {
    const entries = hub.editListing([...files].map(([path, content]) => listEntry(path, content)));
    if (!Array.isArray(entries)) return sendJson(response, entries);
    const from = Number(new URL(request.url ?? "", hub.url).searchParams.get("cursor") ?? 0);
    const next = from + hub.pageSize;
    if (next < entries.length)
      response.setHeader("link", `<${hub.url}${pathOf(request)}?cursor=${next}>; rel="next"`);
    sendJson(response, entries.slice(from, next));
  }

  function byHash(hash: string): Buffer {
    const content = [...files.values()].find((each) => sha256(each) === hash);
    if (content === undefined) throw new Error(`no file has the hash ${hash}`);
    return content;
  }
}

function modelInfo(): unknown {
  return {
    _id: "1",
    id: "owner/model",
    private: false,
    gated: false,
    downloads: 1,
    likes: 0,
    lastModified: "2026-01-01T00:00:00.000Z",
    sha: COMMIT,
    cardData: { license: "creativeml-openrail-m" },
  };
}

function listEntry(path: string, content: Buffer): ListEntry {
  const size = content.length;
  const oid = createHash("sha1").update(`blob ${size}\0`).update(content).digest("hex");
  return {
    type: "file",
    path,
    size,
    oid,
    ...(size >= LFS_BYTES && { lfs: { oid: sha256(content), size, pointerSize: 130 } }),
  };
}

/** Content from the start of the range on. */
export function sendContent(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (request.headers.range === undefined) response.writeHead(200, { "content-length": content.length });
  else {
    response.writeHead(206, {
      "content-length": content.length - from,
      "content-range": `bytes ${from}-${content.length - 1}/${content.length}`,
    });
  }
  response.end(content.subarray(from));
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function pathOf(request: IncomingMessage): string {
  return decodeURIComponent((request.url ?? "").replace(/\?.*/, ""));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
