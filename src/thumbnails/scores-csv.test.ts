/** The table of scores: a row per frame, a column per fact, numbers that spreadsheets read. */
import { expect, it } from "vitest";
import { scored } from "../../test/support/scored-frame.ts";
import { scoresCsv } from "./scores-csv.ts";
import { selectStills } from "./select.ts";

const FRAMES = [
  scored(0, { dud: "black", brightness: 0.01 }),
  scored(7, { sharpness: 1234.56789 }),
  scored(9, { hash: "ffff0000ffff0000" }),
];

function read(csv: string): Record<string, string>[] {
  const [header, ...rows] = csv.trimEnd().split("\n");
  const names = header!.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((cell, i) => [names[i]!, cell])));
}

it("has a row for each frame with its measures, its merit, its scene, and why it was left out or picked", () => {
  const selection = selectStills(FRAMES, 1);
  const rows = read(scoresCsv(FRAMES, selection));
  expect(rows.map(({ frame }) => frame)).toEqual(["0", "7", "9"]);
  expect(rows[0]).toMatchObject({
    time_seconds: "0",
    brightness: "0.01",
    merit: "",
    dud: "black",
    scene: "",
    picked: "",
  });
  expect(rows[1]).toMatchObject({
    sharpness: "1234.57",
    subject_room: "0.5",
    picture_share: "1",
    dud: "",
    picked: "1",
  });
  expect(Number(rows[1]!["merit"])).toBeCloseTo(selection.picked[0]!.merit, 5);
  expect(rows[2]).toMatchObject({ time_seconds: "0.6", picked: "" });
});

it("has columns for what networks say when they were asked", () => {
  const selection = selectStills(FRAMES, 1);
  expect(Object.keys(read(scoresCsv(FRAMES, selection))[0]!)).not.toContain("faces");
  const judged = FRAMES.map((frame) => ({
    ...frame,
    ...(frame.frame === 7 && { plugins: { faces: 0.75 } }),
  }));
  expect(Object.keys(read(scoresCsv(judged, selection))[0]!)).not.toContain("face_count");
  const rows = read(scoresCsv(judged, selection));
  expect(rows.map((row) => row["faces"])).toEqual(["", "0.75", ""]);
});

it("tells how many faces there are, how large the largest is and whether one is cut, of frames that a detector has seen", () => {
  const face = { left: 0.25, top: 0.25, width: 0.5, height: 0.25, confidence: 0.9 };
  const found = [[], undefined, [face, { ...face, left: 0.9, width: 0.1 }]];
  const judged = FRAMES.map((frame, index) => ({ ...frame, ...(found[index] && { boxes: found[index] }) }));
  const rows = read(scoresCsv(judged, selectStills(FRAMES, 1)));
  expect(rows.map((row) => [row["face_count"], row["largest_face"], row["face_cut"]])).toEqual([
    ["0", "0", "0"],
    ["", "", ""],
    ["2", "0.125", "1"],
  ]);
  // The columns behind have not moved.
  expect(rows[1]).toMatchObject({ picture_share: "1", picked: "1" });
});
