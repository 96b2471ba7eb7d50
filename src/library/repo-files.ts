/** What a repository of the hub holds: its commit, its license, and the files with size and hash. */

import { listFiles, modelInfo } from "@huggingface/hub";
import { DownloadError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printable } from "../printable.ts";
import type { Hub } from "./hub.ts";
import { requireSafePath } from "./safe-path.ts";

/**
 * Large files have a sha256; for small ones git's own hash is known: sha1 of `blob <bytes>\0` and the content. Of a file at an address of its
 * own nothing is known: its digest only tells it from others.
 */
export interface FileHash {
  readonly algorithm: "sha256" | "git" | "unknown";
  /** Hex. */
  readonly digest: string;
}

export interface RepoFile {
  /** Parts separated by `/`; safe to create below a folder. */
  readonly path: string;
  readonly bytes: number;
  readonly hash: FileHash;
}

export interface Repository {
  /** `owner/name`. */
  readonly repo: string;
  /** What the revision stood for at the time: later changes cannot mix with it. */
  readonly commit: string;
  /** As the owner states it, such as `creativeml-openrail-m`; empty when not stated. */
  readonly license: string;
  /** Only files that a model can consist of. */
  readonly files: readonly RepoFile[];
}

/**
 * @param revision branch, tag or commit
 * @throws DownloadError when there is no such repository, it may not be read, or the listing is not to be trusted
 */
export async function readRepository(hub: Hub, repo: string, revision: string): Promise<Repository> {
  let answers = 0;
  const common = { hubUrl: hub.endpoint, fetch: shortAnswers };
  const info = await modelInfo({
    name: repo,
    revision,
    additionalFields: ["sha", "cardData"],
    ...common,
  }).catch((cause: unknown) => rethrow(hub, repo, cause));
  const commit: unknown = info.sha;
  if (typeof commit !== "string" || !/^[0-9a-f]{40}$/.test(commit))
    throw malformed(hub, repo, "it names no commit");

  const files: RepoFile[] = [];
  let seen = 0;
  try {
    for await (const entry of listFiles({ repo, revision: commit, recursive: true, ...common })) {
      if (++seen > LIMITS.library.repositoryFiles)
        throw malformed(hub, repo, `more than ${LIMITS.library.repositoryFiles} files`);
      if (entry.type !== "file" || typeof entry.path !== "string" || !isModelFile(entry.path)) continue;
      requireSafePath(entry.path, `${hub.endpoint}/${repo}`);
      files.push({ path: entry.path, bytes: readSize(entry), hash: readHash(entry) });
    }
  } catch (cause) {
    rethrow(hub, repo, cause);
  }
  const paths = new Set(files.map(({ path }) => path.toLowerCase()));
  if (paths.size < files.length) throw malformed(hub, repo, "two files have the same name");
  return { repo, commit, license: readLicense(info.cardData), files };

  /** Neither an endless answer nor an endless row of answers keeps us. */
  async function shortAnswers(...request: Parameters<typeof fetch>): Promise<Response> {
    if (++answers > LIMITS.library.repositoryPages)
      throw malformed(hub, repo, `more than ${LIMITS.library.repositoryPages} pages`);
    const { body, status, headers } = await hub.fetch(...request);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > LIMITS.library.repositoryBytes)
        throw malformed(hub, repo, `more than ${LIMITS.library.repositoryBytes} bytes`);
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks), { status, headers });
  }

  function readSize({ size }: { size?: unknown }): number {
    if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number;
    throw malformed(hub, repo, "a file has no size");
  }

  function readHash({ lfs, oid }: { lfs?: { oid?: unknown }; oid?: unknown }): FileHash {
    const sha256 = typeof lfs?.oid === "string" ? lfs.oid.replace(/^sha256:/, "") : undefined;
    if (sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256)) return { algorithm: "sha256", digest: sha256 };
    if (lfs === undefined && typeof oid === "string" && /^[0-9a-f]{40}$/.test(oid))
      return { algorithm: "git", digest: oid };
    throw malformed(hub, repo, "a file has no hash, so that nobody could tell whether it arrived whole");
  }
}

function isModelFile(path: string): boolean {
  return /\.(safetensors|onnx|json|txt|ckpt|pt|pth|bin)$/i.test(path);
}

function readLicense(card: unknown): string {
  if (typeof card !== "object" || card === null) return "";
  const { license, license_name: name } = card as { license?: unknown; license_name?: unknown };
  const stated = license === "other" && typeof name === "string" ? name : license;
  return typeof stated === "string" ? printable(stated.slice(0, 100)) : "";
}

function malformed(hub: Hub, repo: string, what: string): DownloadError {
  return new DownloadError(`the server's list of files cannot be used: ${what}`, {
    where: `${hub.endpoint}/${repo}`,
    hint: "Use another mirror, or none.",
  });
}

/** An answer that is no JSON, or is cut off, is the server's fault, not ours. */
function rethrow(hub: Hub, repo: string, cause: unknown): never {
  hub.signal.throwIfAborted();
  if (cause instanceof SyntaxError || cause instanceof TypeError)
    throw malformed(hub, repo, printable(cause.message));
  throw cause;
}
