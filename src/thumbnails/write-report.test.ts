/** The report on the choice: every file, whole, honest about each frame, and a page that works in a browser without a network. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scored } from "../../test/support/scored-frame.ts";
import type { ByteImage } from "../tensor/image.ts";
import { rejectedSpans, scoreCurves } from "./score-curves.ts";
import { scorePlotSvg } from "./score-plot.ts";
import { selectStills } from "./select.ts";
import { writeReport } from "./write-report.ts";

const run = promisify(execFile);
const TITLE = 'A <script>alert("x")</script> & more';

/** Black, three shots, of which the second ends in noise. */
const FILM = Array.from({ length: 100 }, (_, number) => {
  const shot = Math.floor((number - 10) / 30);
  const dud = number < 10 ? "black" : number > 60 && number < 70 ? "noise" : undefined;
  const hash = (BigInt(shot + 2) * 0x123456789abcdefn).toString(16).padStart(16, "0").slice(-16);
  const signature = new Uint8Array(320).fill(60 + 60 * shot);
  return scored(number, { dud, hash, signature, sharpness: 100 + ((number * 37) % 50) });
});

function picture(frame: number, width = 64, height = 36): ByteImage {
  return {
    width,
    height,
    data: new Uint8Array(3 * width * height).map((_, i) => (i * 7 + frame * 13) & 255),
  };
}

let folder: string;
let reads: number[];
const selection = selectStills(FILM, 3);

async function report(): Promise<void> {
  reads = [];
  await writeReport({
    title: TITLE,
    folder,
    frames: FILM,
    selection,
    weights: { sharpness: 2, subject_room: 1 },
    warnings: ["</main><b>fake</b>"],
    read: async ({ frame }) => {
      reads.push(frame);
      return picture(frame, 640, 360);
    },
    tiles: new Map([[4, picture(4)]]),
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "animate-test-"));
  await report();
});
afterAll(() => rm(folder, { recursive: true }));

describe("the report", () => {
  it("is a table, a plot, two sheets and a page", async () => {
    expect((await readdir(folder)).toSorted()).toEqual([
      "candidate-sheet.jpg",
      "rejected-sheet.jpg",
      "report.html",
      "scores.csv",
      "scores.svg",
    ]);
    for (const sheet of ["candidate-sheet.jpg", "rejected-sheet.jpg"]) {
      const { format, width, height } = await sharp(join(folder, sheet)).metadata();
      expect(format).toBe("jpeg");
      expect(width * height).toBeGreaterThan(200_000);
    }
    expect((await readFile(join(folder, "scores.csv"), "utf8")).split("\n")).toHaveLength(102);
  });

  it("reads each candidate and a frame of each span that was left out, those at hand not at all", () => {
    expect(reads.slice(0, selection.candidates.length)).toEqual(
      selection.candidates.map(({ frame }) => frame),
    );
    expect(reads).not.toContain(4);
    expect(reads).toContain(65);
  });

  it("asks nobody for anything, and shows texts as texts", async () => {
    const html = await readFile(join(folder, "report.html"), "utf8");
    expect(html).not.toMatch(/(?:src|href)="(?!data:|#)|url\(|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<b>fake");
    expect(html.match(/<img /g)!.length).toBe(selection.candidates.length + 2 + duplicateSpans());
    expect(html).toContain("10 frames, 0.00s to 0.60s");
  });

  it("is as long for 5,000 frames as a screen can show", async () => {
    const long = Array.from({ length: 5_000 }, (_, number) => scored(number, { sharpness: number % 97 }));
    const choice = selectStills(long, 3, { sharpness: 1 });
    const { svg } = scorePlotSvg("long", scoreCurves(long, choice, { sharpness: 1 }));
    expect(svg.length).toBeLessThan(100_000);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("draws a film of one frame, and one of nothing but duds", () => {
    for (const film of [[scored(0)], [scored(0, { dud: "black" }), scored(1, { dud: "black" })]]) {
      const { svg } = scorePlotSvg("short", scoreCurves(film, selectStills(film, 3), { sharpness: 1 }));
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });
});

function duplicateSpans(): number {
  const spans = rejectedSpans(FILM, selection.rejected);
  return Math.min(6, spans.filter(({ reason }) => reason === "near-duplicate").length);
}

/** What opens pages here: CHROMIUM_PATH, or a browser on the PATH. */
function findBrowser(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const files = folders.flatMap((path) => names.map((name) => join(path, name)));
  return [process.env["CHROMIUM_PATH"] ?? "", ...files].find((file) => file !== "" && existsSync(file));
}

describe.skipIf(findBrowser() === undefined)("in a browser, if there is one", () => {
  it("shows its pictures, and the values of the frame that the address names", async () => {
    const page = `file://${join(folder, "report.html")}#frame=12`;
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", "--dump-dom"];
    const { stdout } = await run(
      findBrowser()!,
      [...flags, `--user-data-dir=${join(folder, "browser")}`, page],
      {
        timeout: 60_000,
        maxBuffer: 1 << 26,
      },
    );
    const box = /<div id="values"[^>]*>(.*?)<\/table>/s.exec(stdout)![1]!;
    expect(box).toContain("frame 12");
    expect(box).toContain("<td>sharpness</td>");
    expect(/<line id="cursor"[^>]*visibility="visible"/.test(stdout)).toBe(true);
  });
});
