import { describe, expect, it } from "vitest";
import { paint } from "../../test/support/drawn-pictures.ts";
import { scoreFrame } from "./score.ts";
import { createScoreLedger } from "./score-ledger.ts";

describe("a ledger of scores", () => {
  it("gives back every score to the bit, by frame, whatever the order they came in", () => {
    const ledger = createScoreLedger();
    const scores = Array.from({ length: 300 }, (_, frame) =>
      scoreFrame(paint(32, 24, (x, y) => [(x * frame) % 251, (y * 7 + frame) % 256, frame === 5 ? 0 : 90])),
    );
    for (let i = 0; i < scores.length; i++) {
      const frame = (i * 7) % scores.length;
      ledger.add(frame, scores[frame]!);
    }
    expect(ledger.scores()).toEqual(scores.map((score, frame) => ({ frame, score })));
  });

  it("is empty at first", () => {
    expect(createScoreLedger().scores()).toEqual([]);
  });
});
