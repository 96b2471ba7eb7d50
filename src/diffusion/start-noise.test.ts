// Values of the web UI's interpolation, computed with torch 2.13.
import { describe, expect, it } from "vitest";
import { normalNoise } from "../tensor/random.ts";
import { drawStartNoise, turnNoise } from "./start-noise.ts";

const FROM = [
  -0.08, 0.36, -0.78, 0.07, 0.66, -0.29, 1.62, -1.6, 0.4, 0.61, 0.76, -0.03, -0.34, 0.49, -0.08, -1.81, 0.49,
  0.21, 0.34, 1.35, 0.37, 0.01, 0.77, -0.11,
];
const TO = [
  -1.2, 1.03, 0.07, -0.18, -1.52, 0.91, 0.25, -0.69, -0.08, -0.42, 0.42, -0.26, -1.58, 1.4, -1.03, 1.14, 0.51,
  -0.02, -1.12, -0.49, -0.63, -0.79, -0.9, -1.89,
];
const TURNED = {
  0.25: [
    -0.91967, 0.77843, -0.59476, 0.00686, -0.19634, 0.09973, 1.34486, -1.39523, 0.45436, 0.41442, 0.71482,
    -0.08985, -0.76404, 0.75544, -0.85298, -1.42715, 0.56062, 0.15744, -0.36347, 1.27064, 0.11283, -0.20417,
    0.36415, -1.20807,
  ],
  0.6: [
    -1.57835, 1.11739, -0.29718, -0.08151, -1.23678, 0.59997, 0.87186, -1.08062, 0.30071, 0.02633, 0.60398,
    -0.17164, -1.25299, 1.09038, -1.43561, -0.29703, 0.58682, 0.07689, -1.10769, 0.61455, -0.25714, -0.49321,
    -0.36263, -2.15537,
  ],
};

/** As a frame draws it: fewer numbers are the first of more. */
const draw = (count: number): Float32Array => normalNoise(7, "latent", count);
const drawOther = (count: number): Float32Array => normalNoise(8, "latent", count);
const DIMS = [1, 2, 6, 4];

describe("turnNoise", () => {
  it.each([0.25, 0.6] as const)("at %f is the web UI's", (share) => {
    const turned = turnNoise(Float32Array.from(FROM), Float32Array.from(TO), share, 3, 4);
    for (const [i, value] of turned.entries()) expect(value).toBeCloseTo(TURNED[share][i]!, 4);
  });

  it("goes from the one noise to the other", () => {
    const [from, to] = [draw(24), drawOther(24)];
    for (const [i, value] of turnNoise(from, to, 0, 3, 4).entries()) expect(value).toBeCloseTo(from[i]!, 6);
    for (const [i, value] of turnNoise(from, to, 1, 3, 4).entries()) expect(value).toBeCloseTo(to[i]!, 6);
  });

  it("stays where it is when both noises are the same", () => {
    for (const [i, value] of turnNoise(draw(24), draw(24), 0.3, 3, 4).entries()) {
      expect(value).toBeCloseTo(draw(24)[i]!, 6);
    }
  });

  it("keeps the strength of the noise, which a straight mix would lower", () => {
    const turned = turnNoise(draw(48_000), drawOther(48_000), 0.5, 60, 80);
    const variance = turned.reduce((sum, value) => sum + value * value, 0) / turned.length;
    expect(variance).toBeGreaterThan(0.96);
    expect(variance).toBeLessThan(1.04);
  });
});

describe("drawStartNoise", () => {
  it("is what is drawn where nothing else is asked for", () => {
    expect(drawStartNoise(DIMS, draw)).toEqual(draw(48));
    expect(drawStartNoise(DIMS, draw, { variation: { strength: 0, draw: drawOther } })).toEqual(draw(48));
    expect(drawStartNoise(DIMS, draw, { drawnAt: [6, 4] })).toEqual(draw(48));
  });

  it("puts noise of a smaller size into the middle", () => {
    const noise = drawStartNoise(DIMS, draw, { drawnAt: [2, 2] });
    const own = draw(48);
    const small = draw(8);
    for (let plane = 0; plane < 2; plane++) {
      for (let row = 0; row < 6; row++) {
        for (let column = 0; column < 4; column++) {
          const inside = row >= 2 && row < 4 && column >= 1 && column < 3;
          const expected = inside
            ? small[plane * 4 + (row - 2) * 2 + column - 1]
            : own[plane * 24 + row * 4 + column];
          expect(noise[plane * 24 + row * 4 + column]).toBe(expected);
        }
      }
    }
  });

  it("cuts the middle out of noise of a larger size", () => {
    const noise = drawStartNoise([1, 1, 2, 2], draw, { drawnAt: [4, 6] });
    const large = draw(24);
    expect([...noise]).toEqual([large[8], large[9], large[14], large[15]]);
  });

  it("varies noise of another size, too", () => {
    const varied = drawStartNoise(DIMS, draw, {
      drawnAt: [2, 2],
      variation: { strength: 1, draw: drawOther },
    });
    expect(varied[9]).toBeCloseTo(drawOther(8)[0]!, 6);
    expect(varied[0]).toBe(draw(48)[0]);
  });
});
