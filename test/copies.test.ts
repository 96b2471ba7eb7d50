/** `animate copies` on files: what it finds, says and writes. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { drawnScene } from "./support/drawn-scene.ts";

const BIN = fileURLToPath(new URL("../bin/animate.js", import.meta.url));
let folder: string;

async function animate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: folder, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-copies-"));
  await mkdir(join(folder, "references", "more"), { recursive: true });
  await mkdir(join(folder, "stills"));
  for (let seed = 0; seed < 6; seed++) {
    const place = seed % 2 === 0 ? "references" : join("references", "more");
    await sharp(drawnScene(seed))
      .png()
      .toFile(join(folder, place, `${seed}.png`));
  }
  await writeFile(join(folder, "references", "broken.jpg"), "nothing");
  const copy = sharp(drawnScene(3)).flop().extract({ left: 20, top: 15, width: 290, height: 215 });
  await copy.jpeg({ quality: 60 }).toFile(join(folder, "stills", "a copy.jpg"));
  await sharp(drawnScene(40))
    .png()
    .toFile(join(folder, "stills", "b.png"));
  const gray = { width: 64, height: 64, channels: 3, background: "#777" } as const;
  await sharp({ create: gray })
    .png()
    .toFile(join(folder, "stills", "c.png"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("names the near-copy and its reference, shows both on a sheet, and tells what could not be compared", async () => {
  const { code, stdout } = await animate("copies", "stills", "--references", "references", "-o", "out");
  expect(code).toBe(0);
  expect(stdout).toContain("3 pictures compared with 6 references: 1 near-copy\n");
  expect(stdout).toMatch(
    / {2}a copy\.jpg is a near-copy of \S+\/references\/more\/3\.png, mirrored \(shares \d\d % /,
  );
  expect(stdout).toContain("1 picture is too plain to compare");
  expect(stdout).toMatch(/not read: \S+\/references\/broken\.jpg: expected a picture/);
  const { format, width } = await sharp(join(folder, "out", "copies-sheet.jpg")).metadata();
  expect({ format, width }).toEqual({ format: "jpeg", width: 828 });
  const facts = JSON.parse(await readFile(join(folder, "out", "copies.json"), "utf8"));
  expect(facts.pictures).toMatchObject([
    {
      picture: "a copy.jpg",
      nearest: { copy: true, mirrored: true, reference: expect.stringContaining("3.png") },
    },
    { picture: "b.png", nearest: { copy: false } },
    { picture: "c.png", nearest: null },
  ]);
});

it("prints the same facts as JSON, and takes the sheet of an earlier check away where nothing is a copy", async () => {
  await mkdir(join(folder, "again"), { recursive: true });
  await writeFile(join(folder, "again", "copies-sheet.jpg"), "of last week");
  const { code, stdout } = await animate(
    "copies",
    "stills/b.png",
    "--references",
    "references",
    "-o",
    "again",
    "--json",
  );
  expect(code).toBe(0);
  const facts = JSON.parse(stdout);
  expect(facts).toEqual(JSON.parse(await readFile(join(folder, "again", "copies.json"), "utf8")));
  expect(facts.references).toMatchObject({
    count: 6,
    unreadable: [{ reason: expect.stringContaining("expected") }],
  });
  await expect(stat(join(folder, "again", "copies-sheet.jpg"))).rejects.toThrow("ENOENT");
});

it("warns of stills that are near-copies, and shows them beside the stills", async () => {
  const { code, stdout, stderr } = await animate(
    "thumbnails",
    "stills",
    "--references",
    "references",
    "--count",
    "2",
    "-o",
    "picked",
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /warning: frame \d is a near-copy of more\/3\.png, mirrored, with \d\d % of its detail/,
  );
  expect(stderr).toMatch(/warning: 1 of the references cannot be read, the first: \S+broken\.jpg/);
  expect(stdout).toContain("picked");
  const { format } = await sharp(join(folder, "picked", "copies-sheet.jpg")).metadata();
  expect(format).toBe("jpeg");
  const facts = JSON.parse(await readFile(join(folder, "picked", "copies.json"), "utf8"));
  expect(facts.pictures.filter(({ nearest }: { nearest: { copy: boolean } }) => nearest.copy)).toHaveLength(
    1,
  );
});

it("names the setting whose folder of references is not there, before anything is rendered", async () => {
  const schedule = "prompts: a castle\nframes: 1\nthumbnails:\n  references: nowhere\n";
  await writeFile(join(folder, "a.yaml"), schedule);
  const { code, stderr } = await animate("--schedule", "a.yaml");
  expect(stderr).toMatch(/a\.yaml:4:15 thumbnails\.references: \S+\/nowhere: there is no such folder/);
  expect(code).toBe(6);
});

it.each([
  [["copies", "nowhere", "--references", "references"], "nowhere: there is no such file or folder", 6],
  [["copies", "references/broken.jpg", "--references", "references"], "broken.jpg: expected a picture", 6],
  [["copies", "stills"], "references", 2],
  [["copies", "stills", "--references", "references", "-o", "a.yaml/x"], "cannot make the folder", 6],
])("says what is wrong with %j", async (args, message, exitCode) => {
  const { code, stderr } = await animate(...args);
  expect(stderr).toContain(message);
  expect(code).toBe(exitCode);
});
