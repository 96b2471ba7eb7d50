/** A lock file that outlives no process: whoever finds it held by a dead one takes it over, and of several who do, one. */

import { link, open, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { AnimateError } from "./errors.ts";
import { systemErrorCode, temporaryPath, writeError, writeFileAtomic } from "./files.ts";
import { type LockHolder, mayHold, parseHolder, thisHolder } from "./lock-holder.ts";

/** Without links a lock is made first and written to a moment later: so long nothing is concluded from one that cannot be read. */
const WRITING_MS = 100;
/** Taking a lock over is a matter of milliseconds; whoever takes longer hangs. */
const TAKEOVER_LIMIT_MS = 5000;
const TAKEOVER_PAUSE_MS = 20;

/**
 * Takes the lock, also from a process that died without giving it back, ran before the last boot, or whose number another one has now.
 *
 * @param path of the lock file; its folder exists
 * @param task what this process will do, for the message of whoever comes second
 * @param heldBy the error for a living holder on this machine, or any on another
 * @returns gives the lock back; safe to call twice
 */
export async function takeLock(
  path: string,
  task: string | null,
  heldBy: (holder: LockHolder) => AnimateError,
): Promise<() => Promise<void>> {
  const own = JSON.stringify(await thisHolder(task));
  const began = performance.now();
  for (;;) {
    const found = await readLock(path);
    if (found && (await mayHold(found))) throw heldBy(found);
    if (found === null) {
      if (await createLock(path, own)) break;
      continue;
    }
    const outcome = await takeOver(path, own);
    if (outcome === "taken") break;
    if (outcome === "gone") continue;
    if (performance.now() - began > TAKEOVER_LIMIT_MS) throw heldBy(outcome);
    await sleep(TAKEOVER_PAUSE_MS);
  }
  let isHeld = true;
  return async () => {
    if (!isHeld) return;
    isHeld = false;
    // Whoever removed it by hand may have let another one in.
    if ((await readFile(path, "utf8").catch(() => "")) === own) await rm(path, { force: true });
  };
}

/** The holder; undefined when it cannot be read, because a crash cut it off; null when there is no lock. */
async function readLock(path: string): Promise<LockHolder | undefined | null> {
  for (const last of [false, true]) {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (systemErrorCode(error) === "ENOENT") return null;
      throw error;
    });
    if (text === null) return null;
    const holder = parseHolder(text);
    if (holder || last) return holder;
    await sleep(WRITING_MS);
  }
  return undefined;
}

/** Thrown inside {@link takeOver} alone. */
class TakeoverUnderWay extends AnimateError {
  readonly holder: LockHolder;
  constructor(holder: LockHolder) {
    super("another process is taking the lock over");
    this.holder = holder;
  }
}

/**
 * Replaces a stale lock. A second lock lets one process at a time look at the stale one and replace it: else the slower of two would
 * replace the new lock of the faster one. Should it be stale itself, it is taken over in the same way.
 *
 * @returns `gone` when there is no lock any more; a holder when that one is in the way
 */
async function takeOver(path: string, own: string): Promise<"taken" | "gone" | LockHolder> {
  let release: () => Promise<void>;
  try {
    release = await takeLock(`${path}.takeover`, null, (holder) => new TakeoverUnderWay(holder));
  } catch (error) {
    if (error instanceof TakeoverUnderWay) return error.holder;
    throw error;
  }
  try {
    const found = await readLock(path);
    if (found === null) return "gone";
    if (found && (await mayHold(found))) return found;
    await writeFileAtomic(path, own);
    return "taken";
  } finally {
    await release();
  }
}

/** @returns false when another one made it meanwhile */
async function createLock(path: string, text: string): Promise<boolean> {
  const temporary = temporaryPath(path);
  try {
    await writeFile(temporary, text, { flag: "wx" });
    // A link appears with its content, so that no one ever sees half a lock of a living process.
    return await link(temporary, path).then(
      () => true,
      (cause: unknown) => {
        const code = systemErrorCode(cause);
        // Whoever got the lock also sweeps the folder.
        if (code === "EEXIST" || code === "ENOENT") return false;
        if (HAS_NO_LINKS.has(code)) return createInPlace(path, text);
        throw cause;
      },
    );
  } catch (cause) {
    throw writeError(path, Buffer.byteLength(text), cause);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** What systems say whose disks have no links: FAT, some network drives. */
const HAS_NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EISDIR"]);

async function createInPlace(path: string, text: string): Promise<boolean> {
  try {
    await using file = await open(path, "wx");
    await file.writeFile(text);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}
