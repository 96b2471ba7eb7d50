import { describe, expect, it } from "vitest";
import { RenderError } from "../errors.ts";
import { probeProvider, selectProvider } from "./select-provider.ts";

describe("the provider", () => {
  it("is the CPU when asked for", async () => {
    expect(await selectProvider("cpu")).toBe("cpu");
  });

  it.each(["cuda", "webgpu"] as const)(
    "is %s, or an error that says what to do, when it is asked for; never another",
    async (device) => {
      const problem = await probeProvider(device);
      const chosen = await selectProvider(device).catch((error: unknown) => error);
      if (problem === undefined) expect(chosen).toBe(device);
      else {
        expect(chosen).toBeInstanceOf(RenderError);
        expect(chosen).toHaveProperty("message", expect.stringContaining("cannot be used"));
        expect(chosen).toHaveProperty("hint", expect.stringContaining("--device cpu"));
      }
    },
  );

  it("is CUDA by itself where it works, else the CPU", async () => {
    const works = (await probeProvider("cuda")) === undefined;
    expect(await selectProvider("auto")).toBe(works ? "cuda" : "cpu");
  });
});
