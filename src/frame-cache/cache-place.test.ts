/** Where the cache is and how large it may be. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../errors.ts";
import { cachePlace, requireByteCount } from "./cache-place.ts";

describe("the place of the frame cache", () => {
  it("is in the library's folder, with 10 GB, unless the environment says otherwise", () => {
    expect(cachePlace({})).toEqual({ folder: join(homedir(), ".animate/cache"), limitBytes: 10e9 });
    expect(cachePlace({ ANIMATE_LIBRARY: "/models", ANIMATE_CACHE: "" }).folder).toBe(
      resolve("/models/cache"),
    );
    const own = cachePlace({ ANIMATE_LIBRARY: "/models", ANIMATE_CACHE: "fast", ANIMATE_CACHE_SIZE: "20GB" });
    expect(own).toEqual({ folder: resolve("fast"), limitBytes: 20e9 });
  });

  it.each([
    ["0", 0],
    ["12345", 12_345],
    ["500MB", 500e6],
    ["1.5 GB", 1.5e9],
    ["20gb", 20e9],
    ["2TB", 2e12],
    ["7 kB", 7000],
  ])("takes %s for %d bytes", (text, bytes) => {
    expect(requireByteCount("--limit", text)).toBe(bytes);
  });

  it.each(["", "GB", "-1GB", "10 GiB", "1e9", "ten", "0x10", "999999999TB"])(
    "refuses %j as a size",
    (text) => {
      expect(() => requireByteCount("--limit", text)).toThrow(SettingsError);
      expect(() => requireByteCount("--limit", text)).toThrow(
        "--limit: expected a size such as 20GB or 500MB",
      );
    },
  );
});
