/** How the inference process gets memory from the system: in large pages, and in pieces that it keeps. */

/**
 * Loading copies weights a few times; in pages of 4 KB, given back after each copy, the system's work on pages is most of it. Madvised
 * huge pages, and half a gigabyte of free heap kept, halve the processor time of loading SD 1.5 and save 200 MB (docs/performance.md).
 */
const TUNABLES = { "glibc.malloc.hugetlb": "1", "glibc.malloc.trim_threshold": String(2 ** 29) };

/**
 * Environment for a process that loads networks. glibc reads it at the start of a process; other C libraries ignore it.
 *
 * @param env of this process; what the user set in `GLIBC_TUNABLES` stays
 */
export function allocatorEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = env["GLIBC_TUNABLES"] ?? "";
  const missing = Object.entries(TUNABLES).filter(([name]) => !given.includes(name));
  const all = [...(given === "" ? [] : [given]), ...missing.map(([name, value]) => `${name}=${value}`)];
  return { ...env, GLIBC_TUNABLES: all.join(":") };
}
