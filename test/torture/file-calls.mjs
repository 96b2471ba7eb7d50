/**
 * Loaded into the real command by `node --import`: notes every call that changes files below one folder, and makes one of them fail as a full
 * or broken disk does.
 *
 * FILE_CALLS holds JSON: `root` of the folder, `trace` for the file of notes, and for a fault `failAt` (from 1), `code` such as ENOSPC, and `lasts`: whether
 * all later calls that need space fail as well. Children and worker threads are left alone: they write no files of a run, or are programs.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { constants } from "node:os";
import { resolve, sep } from "node:path";
import { isMainThread } from "node:worker_threads";

const asked = process.env.FILE_CALLS;
if (asked !== undefined && isMainThread && process.send === undefined) await watch(JSON.parse(asked));

async function watch({ root, trace, failAt = Infinity, code = "ENOSPC", lasts = false }) {
  const { promises } = fs;
  const { appendFileSync, readFileSync, statSync } = fs;
  /** Handle → number, path, and whether it was opened for reading alone. */
  const handles = new WeakMap();
  let opened = 0;
  let calls = 0;

  const isInside = (path) => typeof path === "string" && `${resolve(path)}${sep}`.startsWith(root + sep);
  const note = (line) => appendFileSync(trace, `${JSON.stringify(line)}\n`);

  /** @param takesSpace whether a full disk can refuse it */
  async function change(note_, takesSpace, act, spoil = async () => {}) {
    calls++;
    const fails = calls === failAt || (lasts && takesSpace && calls > failAt);
    if (fails) {
      note({ ...note_, call: calls, failed: code });
      await spoil();
      const errno = -constants.errno[code];
      const message = `${code}: made to fail, ${note_.kind} '${note_.path ?? note_.from}'`;
      throw Object.assign(new Error(message), { code, errno, syscall: note_.kind, path: note_.path });
    }
    const result = await act();
    note({ ...note_, call: calls });
    return result;
  }

  const { open, rename, mkdir, link, rm, unlink, rmdir, writeFile } = promises;

  promises.open = async (path, flags = "r", ...rest) => {
    if (!isInside(path)) return await open(path, flags, ...rest);
    const known = { handle: ++opened, path: resolve(path), reads: flags === "r" };
    const act = () => open(path, flags, ...rest);
    const handle = known.reads
      ? await act()
      : await change({ kind: "open", path: known.path, handle: known.handle, flags }, true, act);
    handles.set(handle, known);
    return handle;
  };
  promises.writeFile = async (path, content, ...rest) => {
    if (!isInside(path)) return await writeFile(path, content, ...rest);
    const bytes = Buffer.from(content);
    const what = { kind: "writeFile", path: resolve(path), bytes: bytes.toString("base64") };
    const half = () => writeFile(path, bytes.subarray(0, bytes.length / 2), ...rest);
    return await change(what, true, () => writeFile(path, content, ...rest), half);
  };
  promises.rename = async (from, to) => {
    if (!isInside(to)) return await rename(from, to);
    return await change({ kind: "rename", from: resolve(from), to: resolve(to) }, true, () =>
      rename(from, to),
    );
  };
  promises.link = async (from, to) => {
    if (!isInside(to)) return await link(from, to);
    return await change({ kind: "link", from: resolve(from), to: resolve(to) }, true, () => link(from, to));
  };
  promises.mkdir = async (path, ...rest) => {
    if (!isInside(path) || statSync(path, { throwIfNoEntry: false })) return await mkdir(path, ...rest);
    return await change({ kind: "mkdir", path: resolve(path) }, true, () => mkdir(path, ...rest));
  };
  // Removing is noted, not refused: a full disk takes it, and what is left behind when a broken one does not is no fault of ours.
  for (const [name, remove] of Object.entries({ rm, unlink, rmdir })) {
    promises[name] = async (path, ...rest) => {
      const wasThere = isInside(path) && statSync(path, { throwIfNoEntry: false });
      const result = await remove(path, ...rest);
      if (wasThere) note({ kind: "rm", path: resolve(path) });
      return result;
    };
  }

  const any = await open(process.execPath, "r");
  const methods = Object.getPrototypeOf(any);
  await any.close();
  for (const name of ["write", "writeFile", "appendFile"]) {
    const original = methods[name];
    methods[name] = async function (content, ...rest) {
      const known = handles.get(this);
      if (!known) return await original.call(this, content, ...rest);
      const bytes = Buffer.from(content);
      const what = { kind: "write", path: known.path, handle: known.handle, bytes: bytes.toString("base64") };
      const half = () => original.call(this, bytes.subarray(0, bytes.length / 2));
      return await change(what, true, () => original.call(this, content, ...rest), half);
    };
  }
  for (const name of ["sync", "datasync"]) {
    const original = methods[name];
    methods[name] = async function () {
      const known = handles.get(this);
      if (!known) return await original.call(this);
      const isFolder = statSync(known.path).isDirectory();
      // What another program has written is seen here first.
      const bytes = known.reads && !isFolder ? readFileSync(known.path).toString("base64") : undefined;
      const what = { kind: "sync", path: known.path, isFolder, ...(bytes !== undefined && { bytes }) };
      return await change(what, true, () => original.call(this));
    };
  }
  syncBuiltinESMExports();

  const print = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...rest) => {
    for (const line of String(text).split("\n")) {
      if (line.startsWith('{"type":"frame"')) note({ kind: "report", frame: JSON.parse(line).frame });
    }
    return print(text, ...rest);
  };
}
