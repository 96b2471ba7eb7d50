/** Fields that name a file. */

import type { Draft } from "./draft.ts";

/** Whether it is an address in the network. */
export const isUrl = (text: string): boolean => /^[a-z][a-z\d+.-]+:\/\//i.test(text);

/** Sets `path` to the file, or says that it has to be fetched first. */
export function carryFile(draft: Draft, field: string, path: string): boolean {
  const file = draft.text(field, "").replaceAll("\\", "/");
  if (file !== "" && !isUrl(file)) {
    draft.set(path, file, field);
    return true;
  }
  const reason =
    file === "" ? "names no file" : "nothing is fetched from the network; save the file and name its path";
  draft.lost(field, reason);
  return false;
}
