import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Begins with the longest, so that no process is left alone with one at the end. */
class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => rankOf(a) - rankOf(b)));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = ["/test/survival-", "/test/"].findIndex((part) => moduleId.includes(part));
  return rank === -1 ? 2 : rank;
}

const reportFile = process.env["ANIMATE_TEST_REPORT"];

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: "test/support/compile-kernels.ts",
    // ONNX sessions and ffmpeg runs share two cores with whatever else the machine does.
    testTimeout: 120_000,
    // Tests render what they look at; those of the frame cache have a folder of their own.
    env: { ANIMATE_CACHE_SIZE: "0" },
    // Much of a test is one thread's work; two at a time take 10 minutes on two cores instead of 15.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // onnxruntime-node aborts the process when a thread that holds a session ends; processes end cleanly.
    pool: "forks",
    // .ci/run counts the tests from this report.
    ...(reportFile && { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});
