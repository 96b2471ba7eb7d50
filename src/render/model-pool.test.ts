import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY_REQUEST } from "../../test/support/tiny-request.ts";
import { renderImage } from "../diffusion/img2img.ts";
import { ModelError } from "../errors.ts";
import type { DiffusionModel } from "../models/model.ts";
import { openModel } from "../models/open-model.ts";
import { openModelPool } from "./model-pool.ts";

const FIXTURES = new URL("../../test/fixtures/", import.meta.url).pathname;
const SD15 = { name: "plain", file: join(FIXTURES, "tiny-sd15") };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-pool-"));
  await cp(SD15.file, folder, { recursive: true });
  await cp(join(FIXTURES, "tiny-lcm/unet"), join(folder, "unet"), { recursive: true, force: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Opens models that note when they are let go. */
function noting() {
  const released: string[] = [];
  const open = async (path: string): Promise<DiffusionModel> => {
    const model = await openModel(path, { device: "cpu", threads: 1 });
    const release = async (): Promise<void> => {
      released.push(path === folder ? "other" : "plain");
      await model.release();
    };
    return { ...model, release };
  };
  return { released, open };
}

async function draw(model: DiffusionModel): Promise<string> {
  const { image } = await renderImage(model, { ...TINY_REQUEST, steps: 2, sampler: "euler" });
  return Buffer.from(image.data.buffer).toString("base64");
}

describe("the models of a run", () => {
  it("draw what they draw alone, let go one before the other, and come back", async () => {
    const { released, open } = noting();
    const pool = await openModelPool([SD15, { name: "other", file: folder }], 1, open);
    expect(pool.infos.map(({ guidanceInput }) => guidanceInput)).toEqual([false, true]);
    const drawn: string[] = [];
    for (const name of [undefined, "plain", "other", "other", "plain"])
      drawn.push(await draw(await pool.use(name)));
    expect(released).toEqual(["plain", "other"]);
    expect(drawn[1]).toBe(drawn[0]);
    expect(drawn[4]).toBe(drawn[0]);
    expect(drawn[3]).toBe(drawn[2]);
    expect(drawn[2]).not.toBe(drawn[0]);
    await pool.release();
    const alone = await openModel(folder, { device: "cpu", threads: 1 });
    expect(await draw(alone)).toBe(drawn[2]);
    await alone.release();
  });

  it("stay as many as may, the one used longest ago going first", async () => {
    const { released, open } = noting();
    const third = { name: "third", file: SD15.file };
    const pool = await openModelPool([SD15, { name: "other", file: folder }, third], 2, open);
    for (const name of ["plain", "other", "plain", "third", "plain"]) await pool.use(name);
    expect(released).toEqual(["other"]);
  });

  it.each([
    [
      "tiny-sdxl",
      "expected a model made like tiny-sd15 (sd1), found one of family sdxl with a text width of",
    ],
    ["tiny-odd", "expected a model made like tiny-sd15 (sd1), found one of family sd2 with a"],
  ])("have to be alike: %s", async (name, message) => {
    const { open } = noting();
    const file = join(FIXTURES, name);
    const error: unknown = await openModelPool([SD15, { name, file }], 1, open).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ where: file, message: expect.stringContaining(message) as string });
  });
});
