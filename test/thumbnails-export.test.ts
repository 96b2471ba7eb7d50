import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { encodePng } from "../src/tensor/picture-file.ts";
import { runAnimate, temporaryFolder, writeSchedule } from "./run-animate.ts";
import { drawFrame, drawPerson } from "./support/drawn-frames.ts";

/** A folder `pictures` with somebody before hills, and a logo. */
async function pictures(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "pictures"));
  const hills =
    '<rect width="128" height="128" fill="#8fc3ea"/><path d="M0 128L40 80L90 110L128 70V128Z" fill="#3d7a46"/>';
  await writeFile(
    join(folder, "pictures/a.png"),
    await encodePng(await drawFrame(128, 128, hills + drawPerson(90, 20, 90))),
  );
  await sharp({ create: { width: 40, height: 40, channels: 4, background: "#ff00ff" } })
    .png()
    .toFile(join(folder, "logo.png"));
  return folder;
}

describe("exported stills", () => {
  it("have their sizes, words, logo and preview, enlarged by a network, and tell of it", async () => {
    const folder = await pictures();
    const look = [
      "--size",
      "320x180,180x320",
      "--title",
      "HE <CAN> & FLY",
      "--logo",
      "logo.png",
      "--preview",
    ];
    const { exitCode, stdout } = await runAnimate(folder, [
      "thumbnails",
      "pictures",
      "--upscaler",
      "storybook-upscale",
      ...look,
    ]);
    expect(exitCode).toBe(0);
    const out = join(folder, "renders/pictures-thumbnails");
    const stills = (await readdir(out)).filter((file) => file.startsWith("1-")).toSorted();
    const name = /^(1-frame-000000-score-\d+)-180x320-preview\.jpg$/.exec(stills[0]!)![1]!;
    expect(stills).toEqual([
      `${name}-180x320-preview.jpg`,
      `${name}-180x320.jpg`,
      `${name}-320x180-preview.jpg`,
      `${name}-320x180.jpg`,
      `${name}.json`,
    ]);
    expect(stdout).toContain(`${name}-320x180.jpg`);
    const facts = JSON.parse(await readFile(join(out, `${name}.json`), "utf8"));
    expect(facts.pictures).toMatchObject([
      { format: "320x180", upscaler: "storybook-upscale", enlargements: 2, logo: { left: 5, top: 5 } },
      { format: "180x320", upscaler: "storybook-upscale", title: { position: expect.any(String) } },
    ]);
    const { data } = await sharp(join(out, `${name}-320x180.jpg`))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const [red = 0, green = 255] = data.subarray(3 * (320 * 15 + 15));
    expect([red > 200, green < 60]).toEqual([true, true]);
  });

  it("say before anything is scored which font, logo or upscaler cannot be read", async () => {
    const folder = await pictures();
    await writeFile(join(folder, "words.ttf"), "no font");
    for (const [flags, message] of [
      [
        ["--title", "GO", "--font", "words.ttf"],
        "words.ttf: expected a TrueType or OpenType font, found other bytes",
      ],
      [["--logo", "none.png"], "none.png: there is no such file"],
      [["--upscaler", "words.ttf"], "this is no upscaler"],
    ] as const) {
      const { exitCode, stderr } = await runAnimate(folder, ["thumbnails", "pictures", ...flags]);
      expect(stderr).toContain(message);
      expect(exitCode).toBeGreaterThan(0);
    }
    expect(await readdir(folder)).not.toContain("renders");
  });

  it("of a render are refused with the line of their logo, before the first frame", async () => {
    const folder = await temporaryFolder();
    await writeSchedule(folder, "thumbnails:\n  logo:\n    file: none.png\n");
    const { exitCode, stderr } = await runAnimate(folder, ["-s", "flight.yaml"]);
    expect(stderr).toMatch(/flight\.yaml:\d+:11 thumbnails\.logo\.file: .*none\.png: there is no such file/);
    expect(exitCode).toBe(6);
  });
});
