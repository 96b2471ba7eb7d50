/** One file from the hub: what is there already is kept, what arrives is hashed on the way, and only the right bytes count as done. */

import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { DownloadError } from "../errors.ts";
import { systemErrorCode, writeError } from "../files.ts";
import { printable } from "../printable.ts";
import type { Hub } from "./hub.ts";
import { pause } from "./pause.ts";
import { shownUrl } from "./shown-url.ts";
import type { FileHash, RepoFile } from "./repo-files.ts";

/** Connections in a row that may bring nothing before we give up. */
const FRUITLESS_ATTEMPTS = 5;
/** Times that a server without ranges may send the file from its beginning. */
const FRESH_STARTS = 3;
export interface DownloadOptions {
  /** Address of the file's content. */
  readonly url: string;
  readonly file: RepoFile;
  /** Where unfinished files are kept; created if need be. */
  readonly folder: string;
  /** Called with the bytes that are there so far: at the start, and as they arrive. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Downloads a file, continuing what an earlier attempt left. Unfinished files are named by the hash of their content, so nothing can be
 * continued with another file's bytes.
 *
 * @returns path of the whole, checked file in `folder`, which is the caller's to move, and its hash, a sha256 where none was known before
 * @throws DownloadError when the connection keeps breaking (what has arrived is kept), or the bytes are not those announced (nothing is kept)
 * @throws FileError when the disk is full
 */
export async function downloadFile(
  hub: Hub,
  options: DownloadOptions,
): Promise<{ readonly path: string; readonly digest: string }> {
  const { file, folder, onBytes } = options;
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${file.hash.digest}.part`);
  let part = await openPart(path, file);
  try {
    onBytes(part.size);
    let freshStarts = 0;
    for (let fruitless = 0; part.size < file.bytes;) {
      const before = part.size;
      const problem = await readOn(hub, options, part).catch((error: unknown) => asTransient(hub, error));
      if (problem === "start over") {
        await part.handle.close();
        await rm(path, { force: true });
        part = await openPart(path, file);
        if (++freshStarts > FRESH_STARTS)
          throw brokenOff(options, 0, "the server cannot continue a download");
      }
      if (part.size >= file.bytes) break;
      fruitless = part.size > before ? 0 : fruitless + 1;
      if (fruitless === FRUITLESS_ATTEMPTS) throw brokenOff(options, part.size, problem);
      await pause(2 ** fruitless * hub.second, hub.signal);
    }
    await part.handle.sync();
  } catch (error) {
    if (error instanceof WrongBytes) await rm(path, { force: true });
    throw systemErrorCode(error) === "" ? error : writeError(path, file.bytes, error);
  } finally {
    await part.handle.close();
  }
  const digest = part.hash.digest("hex");
  if (file.hash.algorithm === "unknown" || digest === file.hash.digest) return { path, digest };
  await rm(path, { force: true });
  throw new WrongBytes(`the file has the hash ${digest}, expected ${file.hash.digest}`, options.url);
}

/** The bytes that arrived are others than those announced; they are not kept. */
class WrongBytes extends DownloadError {
  constructor(message: string, url: string) {
    super(message, {
      where: shownUrl(url),
      hint: "Nothing of it is kept. Run the same command again; if it happens again, the server or mirror is not to be trusted.",
    });
  }
}

interface Part {
  readonly handle: FileHandle;
  readonly hash: Hash;
  size: number;
}

/** Opens the unfinished file, and hashes what it has. One that is too long cannot be ours. */
async function openPart(path: string, { bytes, hash: { algorithm } }: RepoFile): Promise<Part> {
  const status = await stat(path).catch(() => undefined);
  if (status !== undefined && status.size > bytes) await rm(path);
  const hash = startHash(algorithm, bytes);
  const handle = await open(path, "a");
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { handle, hash, size };
}

function startHash(algorithm: FileHash["algorithm"], bytes: number): Hash {
  return algorithm === "git" ? createHash("sha1").update(`blob ${bytes}\0`) : createHash("sha256");
}

/** Reads from one connection until it ends. */
async function readOn(hub: Hub, { url, file, onBytes }: DownloadOptions, part: Part): Promise<unknown> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error("nothing arrived any more")), hub.silence);
  };
  const headers = {
    // Compressed, the bytes would not be those of the range.
    "accept-encoding": "identity",
    ...(part.size > 0 && { range: `bytes=${part.size}-` }),
  };
  const response = await hub.fetch(url, { headers, signal: silence.signal });
  if (response.status !== 206 && part.size > 0) {
    // The server knows no ranges and sends the whole file again.
    await response.body?.cancel();
    return "start over";
  }
  requireAnnounced(response, url, file, part.size);
  if (response.body === null) throw new Error("the answer is empty");
  try {
    listen();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      listen();
      if (part.size + chunk.length > file.bytes)
        throw new WrongBytes(`more bytes arrive than the ${file.bytes} of the file`, url);
      await part.handle.writeFile(chunk);
      part.hash.update(chunk);
      part.size += chunk.length;
      onBytes(part.size);
    }
  } finally {
    clearTimeout(timer);
  }
  return undefined;
}

/** The server must announce the bytes that its list of files promises, and begin where we asked it to. */
function requireAnnounced(response: Response, url: string, { bytes }: RepoFile, from: number): void {
  const range = response.headers.get("content-range");
  const length = response.headers.get("content-length");
  if (response.status === 206) {
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range ?? "") ?? [];
    if (Number(first) === from && Number(total) === bytes) return;
    throw new WrongBytes(
      `the server offers ${printable(range ?? "an unnamed range")}, expected bytes ${from} on of ${bytes}`,
      url,
    );
  }
  if (length !== null && Number(length) !== bytes)
    throw new WrongBytes(`the server announces ${printable(length)} bytes, its list of files ${bytes}`, url);
}

/** Passes on what another attempt cannot cure; gives back the rest. */
function asTransient(hub: Hub, error: unknown): unknown {
  hub.signal.throwIfAborted();
  if (error instanceof DownloadError || systemErrorCode(error).startsWith("E")) throw error;
  return error;
}

function brokenOff({ url, file }: DownloadOptions, size: number, cause: unknown): DownloadError {
  return new DownloadError(`the connection broke off again and again at ${size} of ${file.bytes} bytes`, {
    where: shownUrl(url),
    hint: "What has arrived is kept: run the same command again to continue.",
    cause,
  });
}
