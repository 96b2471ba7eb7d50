/** Pulls from a fake hub into a throw-away library, and the ways in which a server can fail. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { AnimateError } from "../../src/errors.ts";
import { connectHub } from "../../src/library/hub.ts";
import { prepareOffer } from "../../src/library/offer.ts";
import { pull, type PulledModel, type PullOptions } from "../../src/library/pull.ts";
import { parsePullTarget, type PullTarget, type PullWishes } from "../../src/library/pull-target.ts";
import { type Fault, type FakeHub, startFakeHub } from "./fake-hub.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));
/** A whole checkpoint of 3 MB. */
export const CHECKPOINT = await readFile(join(FIXTURES, "tiny-sd15-singlefile/tiny-fp16.safetensors"));
const TINY = join(FIXTURES, "tiny-sd15");

/** An empty library that goes away with the test. */
export async function emptyLibrary(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "animate-pull-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

export interface Wishes extends PullWishes {
  readonly text?: string;
  readonly target?: Partial<PullTarget>;
  readonly environment?: Record<string, string>;
  readonly mirror?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds of silence that count as the end; default 60,000. */
  readonly silence?: number;
  readonly options?: Partial<PullOptions>;
}

/** A whole pull, as the command does it, with waits a thousand times shorter. */
export async function pullFrom(root: string, hub: FakeHub, wishes: Wishes = {}): Promise<PulledModel> {
  const {
    text = "owner/model",
    environment = {},
    mirror = hub.url,
    signal = new AbortController().signal,
  } = wishes;
  const connection = connectHub({
    mirror,
    signal,
    environment,
    second: 1,
    ...(wishes.silence !== undefined && { silence: wishes.silence }),
  });
  const target = { ...parsePullTarget(text, [], wishes), ...wishes.target };
  const offer = await prepareOffer(connection, target);
  return await pull(connection, offer, { root, onBytes: () => {}, ...wishes.options });
}

/** `Class where: message (hint)` of the error that a call is rejected with. */
export async function failureOf(call: Promise<unknown>): Promise<string> {
  const outcome: unknown = await call.then(
    () => "no error",
    (error: unknown) => error,
  );
  if (!(outcome instanceof AnimateError)) throw new Error("expected an AnimateError", { cause: outcome });
  return `${outcome.name} ${outcome.where}: ${outcome.message} (${outcome.hint})`;
}

/** A hub with one checkpoint, `owner/model/tiny.safetensors`. */
export const oneFile = (content = CHECKPOINT) => startFakeHub(new Map([["tiny.safetensors", content]]));

/** Files in the library, unfinished ones included. */
export async function filesIn(root: string): Promise<string[]> {
  const children = await readdir(root, { recursive: true, withFileTypes: true });
  return children
    .filter((child) => child.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** A model in the diffusers layout: path in the repository → content. */
export async function tinyFolder(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const child of await readdir(TINY, { recursive: true, withFileTypes: true })) {
    const path = join(child.parentPath, child.name);
    if (child.isFile()) files.set(path.slice(TINY.length + 1).replaceAll("\\", "/"), await readFile(path));
  }
  return files;
}

/** Answers with an error to requests that match. */
export function failing(
  status: number,
  test: (request: IncomingMessage) => boolean,
  headers: Record<string, string> = {},
): Fault {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (!test(request)) return false;
    response.writeHead(status, headers).end();
    return true;
  };
}

/** Once: sends content up to a byte, and cuts the line. */
export function breakingOff(content: Buffer, end: number): Fault {
  let done = false;
  return (request: IncomingMessage, response: ServerResponse) => {
    if (done && end > 0) return false;
    done = true;
    const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
    return breakOff(response, content, from, end);
  };
}

export function breakOff(response: ServerResponse, content: Buffer, from: number, end: number): boolean {
  announce(response, content, from);
  response.write(content.subarray(from, Math.max(from, end)), () => setTimeout(() => response.destroy(), 20));
  return true;
}

/** Once: sends content up to a byte, and then nothing more. */
export function hanging(content: Buffer, end: number): Fault {
  let done = false;
  return (request: IncomingMessage, response: ServerResponse) => {
    if (done && end > 0) return false;
    done = true;
    const from = Number(/\d+/.exec(request.headers.range ?? "")?.[0] ?? 0);
    announce(response, content, from);
    response.write(content.subarray(from, Math.max(from, end)));
    return true;
  };
}

function announce(response: ServerResponse, content: Buffer, from: number): void {
  const length = content.length - from;
  response.writeHead(from === 0 ? 200 : 206, {
    "content-length": length,
    ...(from > 0 && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
  response.flushHeaders();
}
