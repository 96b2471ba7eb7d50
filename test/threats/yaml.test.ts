/** YAML of users: no text takes the process down, its memory, or more than a second, and none is more than data. */

import { Worker } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { loadSettings } from "../../src/settings/load.ts";
import { mistakesIn } from "../support/settings-mistakes.ts";

const BRACKETS = "[".repeat(4096);

// What the first text of a process costs is the compiler's time, whatever it holds.
beforeAll(() => void mistakesIn(`prompts:\n${"  0: x\n".repeat(5000)}`));

/** Seconds of this thread at most: time on the clock counts other work on the machine, the processor's that of the collector's threads. */
function quickMistakes(text: string, limitSeconds = 1): string {
  const start = process.cpuUsage();
  const began = performance.now();
  const mistakes = mistakesIn(text);
  const { user, system } = process.cpuUsage(start);
  const seconds = Math.min((user + system) / 1e6, (performance.now() - began) / 1000);
  expect(seconds, text.slice(0, 40)).toBeLessThan(limitSeconds);
  return mistakes;
}

describe("the 4 KB file of brackets", () => {
  it("is refused a hundred times in one process", () => {
    for (let i = 0; i < 100; i++) {
      expect(quickMistakes(BRACKETS)).toMatch(/^a\.yaml:1:65: expected at most 64 nested levels, found more/);
    }
  });

  it.each([
    ["brackets", "[".repeat(2000)],
    ["braces", "{a: ".repeat(2000)],
    ["lists on one line", "- ".repeat(2000)],
    ["explicit keys", "? ".repeat(2000)],
    ["values of nothing", ": ".repeat(2000)],
    ["indentation", Array.from({ length: 700 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
    ["brackets behind quotes that hide their ends", '["]", '.repeat(600)],
    ["brackets behind comments", "[ # ]\n".repeat(600)],
    ["brackets behind anchors", "&a [".repeat(1000)],
    ["brackets behind tags", "!!seq [".repeat(600)],
    ["brackets as keys", "? [".repeat(1000)],
    ["brackets and braces", "[{".repeat(1000)],
  ])("is refused in other shapes: %s", (_, text) => {
    for (let i = 0; i < 10; i++) expect(quickMistakes(text)).toContain("nested levels, found more");
  });

  it("takes no thread down, nor the process with it", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const loader = fileURLToPath(new URL("../../dist/settings/load.js", import.meta.url));
        const code = `
          const { parentPort, workerData } = require("node:worker_threads");
          import(workerData.loader).then(({ loadSettings }) => {
            const outcomes = [];
            for (let i = 0; i < 20; i++) {
              try { loadSettings({ file: "a.yaml", text: workerData.text }, []); outcomes.push("read"); }
              catch (error) { outcomes.push(error.name); }
            }
            parentPort.postMessage(outcomes);
          });`;
        const worker = new Worker(code, { eval: true, workerData: { loader, text: BRACKETS } });
        return await new Promise<unknown>((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
          worker.once("exit", (status) => reject(new Error(`the thread ended with ${status}`)));
        });
      }),
    );
    expect(outcomes).toEqual(
      Array.from({ length: 3 }, () => Array.from({ length: 20 }, () => "SettingsError")),
    );
  });
});

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

// The longest that are read take 0.6 to 1.1 s on one core, most of it in the parser; what grows faster than its length would take minutes.
describe("a text of the greatest length costs less than two seconds", () => {
  it.each([
    [
      "of 20,000 keys",
      `prompts:\n${numbers(20_000)
        .map((i) => `  ${i}: x`)
        .join("\n")}`,
    ],
    [
      "of 20,000 unknown keys",
      `prompts: x\n${numbers(20_000)
        .map((i) => `k${i}: 1`)
        .join("\n")}`,
    ],
    ["of one key 40,000 times", "a: 1\n".repeat(40_000)],
    [
      "of 100,000 keys",
      `prompts:\n${numbers(100_000)
        .map((i) => `  ${i}: x`)
        .join("\n")}`,
    ],
    [
      "of keys between braces",
      `prompts: {${numbers(40_000)
        .map((i) => `${i}: x`)
        .join(",")}}`,
    ],
    ["of one text without end", `prompts: ${"x".repeat(250_000)}`],
    ["of lines without end", "\n".repeat(250_000)],
    ["of a quote that is never closed", `prompts: "${"\\\n".repeat(100_000)}`],
    [
      "of anchors",
      `prompts: x\nq: [${numbers(20_000)
        .map((i) => `&a${i} x`)
        .join(",")}]`,
    ],
    ["of comments", `prompts: x\n${"# x\n".repeat(60_000)}`],
    ["of documents", "---\nprompts: x\n".repeat(16_000)],
    ["of directives", `${"%TAG ! tag:x,2000:\n".repeat(10_000)}---\nprompts: x`],
  ])("%s", (_, text) => {
    quickMistakes(text, 2);
  });
});

describe("aliases", () => {
  it("that double at each level, to 2⁴⁰ values, are refused", () => {
    const levels = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
    expect(quickMistakes(`prompts: x\na0: &a0 [x, x]\n${levels.join("\n")}`)).toContain(
      "expected at most 20 aliases, found more",
    );
  });

  it("that grow within the 20 to more values than are allowed are refused", () => {
    const row = `[${Array.from({ length: 100 }, () => "x").join(",")}]`;
    const rows = `[${Array.from({ length: 100 }, () => row).join(",")}]`;
    const grown = ["*a, *a, *a, *a, *a, *a, *a, *a, *a, *a", "*b, *b, *b, *b, *b, *b, *b, *b, *b, *b"];
    const text = `prompts: x\na: &a ${rows}\nb: &b [${grown[0]}]\nc: [${grown[1]}]`;
    expect(quickMistakes(text)).toContain("expected at most 200000 values, found more");
  });

  it("of themselves, and of what comes later, are refused", () => {
    expect(quickMistakes("prompts: &p [*p]")).toContain("whose anchor contains it");
    expect(quickMistakes("prompts: *p\nx: &p 1")).toContain("whose anchor is not set before it");
  });
});

describe("YAML is data", () => {
  it.each([
    "!!js/function 'function () { process.exit(9) }'",
    "!!js/regexp /a/",
    "!!js/undefined ''",
    "!!python/object/apply:os.system ['touch pwned']",
    "!!python/name:os.system ''",
    "!!ruby/object:Gem::Installer\n  i: x",
    "!<tag:yaml.org,2002:js/function> x",
    "!!javax.script.ScriptEngineManager [x]",
    "!!binary aGk=",
    "!!set { a, b }",
    "!!omap [ a: 1 ]",
    "!!timestamp 2026-01-01",
    "!include /etc/passwd",
    "!ENV $HOME",
  ])("the tag of %j is refused", (value) => {
    expect(quickMistakes(`prompts: ${value}`)).toContain("expected plain YAML, found the tag !");
  });

  it.each(["__proto__", "constructor", "prototype", "toString"])("the key %s is a key like others", (key) => {
    for (const text of [
      `prompts: x\n${key}: { polluted: 1 }`,
      `prompts: x\nmotion: { ${key}: { polluted: 1 } }`,
      `prompts: { "${key}": x }`,
    ]) {
      expect(quickMistakes(text)).toMatch(/^a\.yaml:\d+:\d+/);
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
  });

  it("merge keys merge nothing", () => {
    const text = 'prompts: x\nmotion: &m { zoom: 1.5 }\nfeedback: { "<<": *m }';
    expect(quickMistakes(text)).toContain("feedback.<<");
    expect(quickMistakes("prompts: x\nmotion: { <<: { zoom: 1.5 } }")).toContain("motion.<<");
  });

  it("keys count once, however they are written", () => {
    for (const text of [
      "prompts: x\nfps: 1\nfps: 2",
      'prompts: x\nfps: 1\n"fps": 2',
      'prompts: x\nfps: 1\n"f\\x70s": 2',
      "prompts: x\nmotion: { zoom: { 0: 1, '0': 2 } }",
    ]) {
      expect(quickMistakes(text)).toContain("expected each key once");
    }
  });

  it("control characters stand for themselves only as escapes, and are shown as such", () => {
    expect(quickMistakes("prompts: a\u0000b")).toContain("found the control character U+0000");
    expect(quickMistakes("prompts: a\u001b[2Jb")).toContain("found the control character U+001B");
    const shown = quickMistakes('prompts: x\nmode: "\\e]0;owned\\a\\u202e\\0"');
    expect(shown).toContain("\\u{202e}");
    expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(loadSettings({ file: "a.yaml", text: 'prompts: "\\e[2J"' }, []).settings.prompts).toBeTruthy();
  });

  it("what looks like another type is what the setting takes", () => {
    for (const value of ["2026-01-01", "1_000", "12:30:45", "yes", ".inf", "-.INF", ".nan"]) {
      expect(quickMistakes(`prompts: x\nframes: ${value}`), value).toMatch(/^a\.yaml:2:9/);
    }
  });
});
