/** What a server means when it refuses, and what the user can do about it. */

import { DownloadError } from "../errors.ts";
import { printable } from "../printable.ts";

/** `Retry-After` in seconds or as a date. */
export function retryAfterSeconds({ headers }: Response): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/**
 * The error for an answer that is no success; the hub names its reasons in `X-Error-Code`.
 *
 * @param url that was asked for
 * @param withToken whether a token was sent along
 */
export async function refusal(response: Response, url: URL, withToken: boolean): Promise<DownloadError> {
  const { status, headers } = response;
  const reason = headers.get("x-error-code") ?? "";
  await response.body?.cancel();
  const where = printable(`${url.origin}${decodeURI(url.pathname)}`);
  const page = `${url.origin}/${repositoryOf(url)}`;
  const refused = (message: string, hint: string) => new DownloadError(message, { where, hint });

  const isHubItself = new URL(response.url).origin === url.origin;
  if (reason === "GatedRepo" || (status === 403 && isHubItself)) {
    return termsToAccept(page, url.origin, where);
  }
  if (reason === "RevisionNotFound") return refused("there is no such revision", "Leave out --revision.");
  if (reason === "EntryNotFound") return refused("there is no such file in the repository", `See ${page}.`);
  // The hub answers 401 for repositories that do not exist, so as not to reveal private ones.
  if (status === 404 || (status === 401 && !withToken) || reason === "RepoNotFound") {
    return refused(
      "there is no such repository, or it is private",
      `See whether ${page} is right; for a private one set HF_TOKEN.`,
    );
  }
  if (status === 401) {
    return refused(
      "the server does not accept the token",
      "Set HF_TOKEN to a token that is valid, or unset it.",
    );
  }
  if (status === 429) {
    const seconds = retryAfterSeconds(response);
    const when = seconds === undefined ? "later" : `in ${Math.ceil(seconds / 60)} min`;
    return refused(
      "the server has had too many requests",
      `Try again ${when}; with HF_TOKEN set it allows more.`,
    );
  }
  return refused(
    `the server answered ${status} ${printable(response.statusText)}`.trim(),
    "Try again later, or use a mirror with --mirror.",
  );
}

/**
 * @param page of the model
 * @param hub where tokens are made
 */
export function termsToAccept(page: string, hub: string, where = page): DownloadError {
  return new DownloadError("the owner gives this model only to people who accepted its terms on its page", {
    where,
    hint: `Log in and accept them at ${page}, make a token that may read at ${hub}/settings/tokens, and set it as HF_TOKEN.`,
  });
}

/** `owner/name` out of `/owner/name/resolve/…` and `/api/models/owner/name/…`. */
function repositoryOf({ pathname }: URL): string {
  const parts = pathname.replace(/^\/api\/models/, "").split("/");
  return parts.slice(1, 3).map(printable).join("/");
}
