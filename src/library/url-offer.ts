/** A model file at an address of its own, such as a model site's download button: asked what it is before it is downloaded. */

import { createHash } from "node:crypto";
import { DownloadError, SettingsError } from "../errors.ts";
import type { LibraryKind } from "../models/library-places.ts";
import { recognizeForeignFile } from "../models/foreign-file.ts";
import { refusePickle } from "../models/pickle.ts";
import { excerpt, printable } from "../printable.ts";
import { connectHub, type Hub } from "./hub.ts";
import type { Offer } from "./offer.ts";
import { checkName } from "./pull-target.ts";
import type { FileHash } from "./repo-files.ts";
import { shownUrl } from "./shown-url.ts";

/** Bytes by which a safetensors file is told from a web page or a pickle. */
const TELLING_BYTES = 8;

export interface UrlWishes {
  readonly kind?: LibraryKind | undefined;
  /** Name in the library; default: the server's name for the file. */
  readonly as?: string | undefined;
  /** As the model's page states it, hex; nothing else is accepted then. */
  readonly sha256?: string | undefined;
}

/** Whether a text is an address instead of a path. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/**
 * The way to a server that is no hub: without token, and with its refusals in other words.
 *
 * @param url absolute, http or https
 */
export function connectSite(
  url: string,
  options: Pick<Parameters<typeof connectHub>[0], "signal" | "second" | "silence">,
): Hub {
  return connectHub({ ...options, mirror: new URL(url).origin, environment: {}, refuse: siteRefusal });
}

/**
 * Asks for the file's name, size and first bytes. The address may hold a token: it is never shown or kept.
 *
 * @throws DownloadError when the server refuses, gives a web page, or does not say how large the file is
 * @throws ModelError for a pickle
 * @throws SettingsError for a hash that is none, or a name that cannot be one
 */
export async function prepareUrlOffer(
  hub: Hub,
  url: string,
  { kind, as, sha256 }: UrlWishes,
): Promise<Offer> {
  const where = shownUrl(url);
  const expected = sha256 === undefined ? undefined : readHash(sha256);
  const silence = new AbortController();
  const response = await hub.fetch(url, {
    headers: { "accept-encoding": "identity" },
    signal: silence.signal,
  });
  const timer = setTimeout(() => silence.abort(), hub.silence);
  const start = await readStart(response)
    .catch((cause: unknown) => {
      hub.signal.throwIfAborted();
      throw new DownloadError("the server announces a file and sends nothing", {
        where,
        hint: "Try again later, or download it in the browser.",
        cause,
      });
    })
    .finally(() => clearTimeout(timer));
  const foreign = recognizeForeignFile(start);
  const bytes = Number(response.headers.get("content-length") ?? NaN);
  const fileName = nameFrom(response.headers.get("content-disposition")) ?? nameFrom(new URL(url).pathname);
  if (fileName !== undefined) refusePickle(fileName);
  if (foreign !== undefined) {
    throw new DownloadError(`this is no safetensors file, but ${foreign.what}`, {
      where,
      hint: foreign.hint,
    });
  }
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new DownloadError("the server does not say how large the file is", {
      where,
      hint: "Download it in the browser, then give the file to `animate models add`.",
    });
  }
  const name = checkName(as ?? (fileName ?? "").replace(/\.safetensors$/i, ""));
  const version = response.headers.get("etag") ?? response.headers.get("last-modified") ?? "";
  const hash: FileHash =
    expected === undefined
      ? { algorithm: "unknown", digest: keyOf(where, bytes, version) }
      : { algorithm: "sha256", digest: expected };
  return {
    target: {
      name,
      kind,
      repo: where,
      revision: "",
      file: undefined,
      sha256: expected,
      gated: false,
      license: undefined,
    },
    repository: { repo: where, commit: "" },
    urlOf: () => url,
    choice: { layout: "file", files: [{ path: `${name}.safetensors`, bytes, hash }] },
    bytes,
    license: { name: "not stated", url: where },
  };
}

/** The first bytes; the rest is not read. */
async function readStart(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    if ((length += chunk.length) >= TELLING_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, TELLING_BYTES);
}

/** `attachment; filename="hero.safetensors"`, or the path of an address → its last part. */
function nameFrom(text: string | null): string | undefined {
  if (text === null) return undefined;
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(text)?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(text)?.[1] ?? (text.startsWith("/") ? text : undefined);
  const name = (encoded ?? plain)?.split(/[/\\]/).at(-1);
  try {
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    return name;
  }
}

function readHash(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const message = `expected a sha256, 64 digits from 0 to f, found ${excerpt(text)}`;
  throw new SettingsError([{ location: "--sha256", path: "", message }]);
}

/** Names the unfinished file: another size or version is another file. */
function keyOf(url: string, bytes: number, version: string): string {
  return createHash("sha256").update(`${url} ${bytes} ${version}`).digest("hex");
}

/** What a model site means when it refuses. */
async function siteRefusal(response: Response, url: URL): Promise<DownloadError> {
  const { status, statusText } = response;
  await response.body?.cancel();
  const where = shownUrl(url);
  if (status === 401 || status === 403) {
    return new DownloadError("the site wants you to log in, or to accept terms", {
      where,
      hint: "Download it in the browser, then give the file to `animate models add`; some sites take a token in the address (`?token=…`).",
    });
  }
  if (status === 404 || status === 410) {
    return new DownloadError("there is nothing at this address", {
      where,
      hint: "Copy the address of the download button, not that of the page.",
    });
  }
  return new DownloadError(`the server answered ${status} ${printable(statusText)}`.trim(), {
    where,
    hint: "Try again later, or download it in the browser.",
  });
}
