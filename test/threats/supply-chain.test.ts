/** What is installed with the program: few packages, each pinned by its content, and hardly a script that runs when they arrive. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly scripts: Readonly<Record<string, string>>;
};
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("the packages that are installed", () => {
  it("are pinned by the sha512 of their content, and come from the registry", () => {
    expect(lock.lockfileVersion).toBe(3);
    expect(packages.length).toBeGreaterThan(50);
    for (const [path, { integrity, resolved, link }] of packages) {
      expect(link ?? false, path).toBe(false);
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      if (resolved !== undefined) expect(resolved, path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  it("are named with exact versions, those of the lock file", () => {
    for (const [name, wanted] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      const version = wanted.replace(/^npm:.+@/, "");
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  it("are few: 17 that the program asks for itself, each of them used", () => {
    const names = Object.keys(manifest.dependencies);
    expect(names.length).toBeLessThanOrEqual(17);
    const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => readFileSync(`src/${file}`, "utf8"))
      .join("\n");
    for (const name of names) expect(sources, name).toMatch(new RegExp(`["'/]${name}["'/]`));
  });

  it("run no scripts when they arrive but those that put ffmpeg's programs in place", () => {
    const scripted = packages
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ""));
    const unknown = scripted.filter(
      (name) => !/^@ff(?:mpeg|probe)-installer\/|^onnxruntime-node$/.test(name),
    );
    expect(unknown).toEqual([]);
    const allowed = Object.entries(manifest.allowScripts).filter(([, isAllowed]) => isAllowed);
    expect(allowed.map(([name]) => name)).toEqual([
      "@ffmpeg-installer/linux-x64",
      "@ffprobe-installer/linux-x64",
    ]);
    // The one that downloads libraries from outside the registry.
    expect(manifest.allowScripts["onnxruntime-node"]).toBe(false);
    expect(readFileSync(".npmrc", "utf8")).toContain("onnxruntime-node-install=skip");
  });

  it("and our own install runs the build alone", () => {
    const atInstall = ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare"];
    expect(Object.keys(manifest.scripts).filter((name) => atInstall.includes(name))).toEqual(["prepare"]);
    expect(manifest.scripts["prepare"]).toBe("npm run build");
  });
});
