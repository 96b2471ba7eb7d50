/** The way to the Hugging Face hub or a mirror of it: patient with busy servers, careful with the token, clear about refusals. */

import { DownloadError, SettingsError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { printable } from "../printable.ts";
import { pause } from "./pause.ts";
import { refusal, retryAfterSeconds } from "./refusal.ts";

const OFFICIAL_HUB = "https://huggingface.co";
/** Requests for one answer, when the server is busy or the line breaks. */
const ATTEMPTS = 5;
const FIRST_PAUSE_SECONDS = 1;
const ANSWER_TIMEOUT_SECONDS = 30;
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);

export interface Hub {
  /** Where repositories are: `https://huggingface.co`, without a slash at the end. */
  readonly endpoint: string;
  /**
   * Like the global fetch, with the token for the endpoint itself, and several attempts.
   *
   * @throws DownloadError for every answer that is not a success
   */
  readonly fetch: typeof fetch;
  /** Whether requests carry the user's token. */
  readonly hasToken: boolean;
  /** Stops everything, waiting included. */
  readonly signal: AbortSignal;
  /** How long one second of waiting is, in milliseconds: 1000, less in tests. */
  readonly second: number;
  /** Milliseconds of silence after which a connection counts as dead. */
  readonly silence: number;
}

export interface HubOptions {
  /** Base address of a mirror; default `HF_ENDPOINT`, then huggingface.co. */
  readonly mirror?: string | undefined;
  readonly signal: AbortSignal;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What to say of an answer that is no success; default: what the hub means by it. */
  readonly refuse?: typeof refusal;
  /** See {@link Hub.second}. */
  readonly second?: number;
  /** See {@link Hub.silence}; default 60,000. */
  readonly silence?: number;
}

/**
 * @throws SettingsError when the mirror is no address, or the token no token
 */
export function connectHub({
  mirror,
  signal,
  environment = process.env,
  refuse = refusal,
  second = 1000,
  silence = 60_000,
}: HubOptions): Hub {
  const { HF_ENDPOINT, HF_TOKEN } = environment;
  const endpoint =
    mirror === undefined
      ? parseEndpoint(HF_ENDPOINT?.trim() || OFFICIAL_HUB, "HF_ENDPOINT")
      : parseEndpoint(mirror, "--mirror");
  const token = parseToken(HF_TOKEN?.trim() || undefined);
  const { origin, protocol, hostname } = new URL(endpoint);
  // A token travels encrypted, or not at all.
  const mayCarryToken = protocol === "https:" || isLoopback(hostname);

  const request = async (input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin) {
      throw new DownloadError(
        `the server sent us on to another one for its answer: ${printable(url.origin)}`,
        {
          where: endpoint,
          hint: "Use another mirror, or none.",
        },
      );
    }
    const headers = new Headers(init.headers);
    // fetch takes it off again when the server redirects to another host, such as a content delivery network.
    if (token !== undefined && mayCarryToken) headers.set("authorization", `Bearer ${token}`);
    for (let attempt = 1; ; attempt++) {
      const outcome = await answerWithin(url, { ...init, headers }, signal);
      if (outcome instanceof Response && outcome.ok) {
        if (protocol === "https:" && new URL(outcome.url).protocol !== "https:") {
          await outcome.body?.cancel();
          throw new DownloadError("the server redirects to an address without encryption", {
            where: endpoint,
          });
        }
        return outcome;
      }
      const isLast = attempt === ATTEMPTS;
      if (!(outcome instanceof Response)) {
        if (isLast) throw noConnection(endpoint, outcome);
        await pause(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * second, signal);
        continue;
      }
      const wanted = retryAfterSeconds(outcome) ?? FIRST_PAUSE_SECONDS * 2 ** (attempt - 1);
      if (!TRANSIENT.has(outcome.status) || isLast || wanted > LIMITS.library.pauseSeconds)
        throw await refuse(outcome, url, token !== undefined && mayCarryToken);
      await outcome.body?.cancel();
      await pause(wanted * second, signal);
    }
  };
  const hasToken = token !== undefined && mayCarryToken;
  return { endpoint, fetch: request, hasToken, signal, second, silence };
}

/** The answer's head, or the error that kept it away. Rejects only when stopped. */
async function answerWithin(url: URL, init: RequestInit, signal: AbortSignal): Promise<Response | Error> {
  const attempt = new AbortController();
  const timer = setTimeout(
    () => attempt.abort(new Error(`no answer within ${ANSWER_TIMEOUT_SECONDS} seconds`)),
    ANSWER_TIMEOUT_SECONDS * 1000,
  );
  const signals = [signal, attempt.signal, ...(init.signal ? [init.signal] : [])];
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any(signals) });
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}

function noConnection(endpoint: string, cause: Error): DownloadError {
  const detail = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new DownloadError(`no connection: ${printable(detail)}`, {
    where: endpoint,
    hint: "Check the network and run the same command again; where the hub is out of reach, use a mirror with --mirror or HF_ENDPOINT.",
    cause,
  });
}

function parseEndpoint(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.search === "" &&
    url.hash === "";
  if (isUsable) return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
  throw new SettingsError([
    {
      location: source,
      path: "",
      message: `expected an address such as https://hf-mirror.com, found ${printable(text)}`,
    },
  ]);
}

function parseToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  // The value stays out of the message.
  throw new SettingsError([
    { location: "HF_TOKEN", path: "", message: "expected a token without spaces, such as hf_…" },
  ]);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
