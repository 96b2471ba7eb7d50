/** An address as it may be shown and kept: without the part that may hold a token. */

import { printable } from "../printable.ts";

/** @param url absolute */
export function shownUrl(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return printable(`${origin}${pathname}`);
}
