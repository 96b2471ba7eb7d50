import { describe, expect, it } from "vitest";
import { mistakesIn } from "../../test/support/settings-mistakes.ts";
import { loadSettings } from "../settings/load.ts";
import { closingReader, loopFrames } from "./loop-plan.ts";

function load(text: string) {
  return loadSettings({ file: "a.yaml", text: `prompts: a\nseed: 1\nfps: 10\n${text}` }).settings;
}

function closings(text: string) {
  const settings = load(text);
  const closingAt = closingReader(settings);
  return Array.from({ length: settings.frames }, (_, frame) => closingAt(frame));
}

describe("the end of a loop", () => {
  it.each([
    ["frames: 80\nloop: true", 20],
    ["frames: 20\nloop: true", 10],
    ["frames: 12\nloop: true", 6],
    ["frames: 400\nloop: true", 30],
    ["frames: 24\ncadence: 4\nloop: true", 12],
    ["frames: 60\ncadence: 4\nloop: true", 15],
    ["frames: 80\nloop: 1.5s", 15],
    ["frames: 8\nloop: 99", 7],
    ["frames: 80\nloop: false", 0],
    ["frames: 80\nloop: 0", 0],
    ["frames: 80", 0],
  ])("of %j takes %i frames", (text, length) => {
    expect(loopFrames(load(text))).toBe(length);
  });

  it("leads there more and more, and knows how far it still is", () => {
    const closing = closings("frames: 8\nloop: true");
    expect(closing.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
    expect(closing.slice(4)).toEqual([
      { share: 1 / 16, ahead: 4 },
      { share: 1 / 4, ahead: 3 },
      { share: 9 / 16, ahead: 2 },
      { share: 1, ahead: 1 },
    ]);
  });

  it.each([9, 10, 11, 12])(
    "has arrived on the last drawn frame whose block is whole, of %i frames at cadence 3",
    (frames) => {
      const shares = closings(`frames: ${frames}\ncadence: 3\nloop: 6`).map((closing) => closing?.share ?? 0);
      const arrived = 3 * Math.floor(frames / 3) - 3;
      expect(shares.indexOf(1)).toBe(arrived);
      expect(shares.slice(arrived)).toEqual(Array(frames - arrived).fill(1));
    },
  );

  it("is the beginning of the video in a render backward", () => {
    const closing = closings("frames: 8\nloop: 2\nreverse: true");
    expect(closing.slice(0, 3)).toEqual([{ share: 1, ahead: 1 }, { share: 1 / 4, ahead: 2 }, undefined]);
  });
});

describe("loop", () => {
  it.each([
    ["frames: 3\nloop: true", "a.yaml:3:7 loop: expected 4 drawn frames or more to lead back in, found 3"],
    ["frames: 15\ncadence: 4\nloop: true", "found 3: 15 frames at cadence 4"],
    ["mode: video\ninit: { video: a.mp4 }\nloop: true", "loop: expected false with mode video, found true"],
    ["mode: video\ninit: { video: a.mp4 }\nloop: 2s", "loop: expected false with mode video, found 2s"],
    ["loop: maybe", "loop: expected true, false, a number of frames, or a time such as 1.5s or 2b"],
    ["loop: 2b", "loop: expected bpm"],
    [
      "loop: true\nguided: { images: { 0: a.png, 40: b.png } }",
      'guided.images: expected the first picture again at the end, because of loop: true, found "b.png"',
    ],
  ])("is refused where it makes no sense: %j", (text, message) => {
    expect(mistakesIn(`prompts: a\n${text}`)).toContain(message);
  });

  it("is taken where the guiding pictures come back, and from nothing where prompts do", () => {
    const images = "guided: { images: { 0: a.png, 40: b.png, 80: a.png, 500: c.png } }";
    expect(mistakesIn(`prompts: a\nloop: true\n${images}`)).toBe("no mistake");
    expect(mistakesIn("prompts: a\nloop: true\nmode: interpolation\nframes: 2")).toBe("no mistake");
  });
});
