import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { allocatorEnvironment } from "./allocator.ts";

test("a process is started with huge pages and a heap that is kept", () => {
  expect(allocatorEnvironment({ PATH: "/bin" })).toEqual({
    PATH: "/bin",
    GLIBC_TUNABLES: "glibc.malloc.hugetlb=1:glibc.malloc.trim_threshold=536870912",
  });
});

test("what the user tuned stays as it is", () => {
  const env = { GLIBC_TUNABLES: "glibc.malloc.hugetlb=0:glibc.malloc.arena_max=2" };
  expect(allocatorEnvironment(env)["GLIBC_TUNABLES"]).toBe(
    "glibc.malloc.hugetlb=0:glibc.malloc.arena_max=2:glibc.malloc.trim_threshold=536870912",
  );
});

test("Node starts and prints nothing about it", () => {
  const env = allocatorEnvironment(process.env);
  expect(
    execFileSync(process.execPath, ["-p", "1 + 1"], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  ).toBe("2\n");
});
