// Masks computed with deforum-art/sd-webui-deforum 32242685.
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScheduleError } from "../errors.ts";
import { readPicture } from "../tensor/picture-file.ts";
import { maskSourceKey, parseMaskExpression } from "./mask-expression.ts";

const FIXTURES = "test/fixtures/deforum/masks/";

interface Golden {
  readonly expression: string;
  readonly white_pixels?: number;
  readonly output?: string;
  readonly equals_plain_boolean_reading?: boolean;
  readonly error?: string;
}

const { composable }: { composable: readonly Golden[] } = JSON.parse(
  readFileSync(`${FIXTURES}masks.json`, "utf8"),
);

async function plane(file: string): Promise<Float32Array> {
  const { data } = await readPicture(FIXTURES + file, { width: 96, height: 64 });
  return Float32Array.from({ length: data.length / 3 }, (_, i) => (data[3 * i]! >= 128 ? 1 : 0));
}

const planes = new Map<string, Float32Array>();
for (const name of ["left.png", "top.png", "disc.png"]) planes.set(`[${name}]`, await plane(name));
planes.set("{video_mask}", await plane("video_mask.png"));
// Deforum's network was replaced by a mask, this one.
planes.set("<cat>", await plane("expr_07.png"));
planes.set("{everywhere}", new Float32Array(96 * 64).fill(1));

function evaluate(expression: string): Float32Array {
  return parseMaskExpression(expression).evaluate((source) => planes.get(maskSourceKey(source))!);
}

const white = (mask: Float32Array): number => mask.reduce((sum, value) => sum + value, 0);
const equals = composable.filter((golden) => golden.equals_plain_boolean_reading);
/** Of Deforum's reading of these, which is broken, the boolean one is the meaning. */
const BOOLEAN: Readonly<Record<string, number>> = {
  "([left.png] | [top.png]) & [disc.png]": 1245,
  "!{everywhere}": 0,
};

describe("a mask expression", () => {
  it("has all 26 goldens", () => {
    expect(composable).toHaveLength(26);
    expect(equals).toHaveLength(16);
  });

  it.each(equals)(
    "$expression is Deforum's mask, pixel by pixel",
    async ({ expression, output, white_pixels }) => {
      const mask = evaluate(expression);
      expect(white(mask)).toBe(white_pixels);
      expect(mask).toEqual(await plane(output!));
    },
  );

  it.each(["{nope}", "", "[left.png] [top.png]", "([left.png]"])(
    "%j is refused as in Deforum",
    (expression) => {
      expect(composable.find((golden) => golden.expression === expression)!.error).toBeDefined();
      expect(() => parseMaskExpression(expression)).toThrow(ScheduleError);
    },
  );

  it("reads what Deforum breaks on as it is meant: !, &, |, ^, \\ from the tightest to the loosest", () => {
    const [left, top, disc] = ["left.png", "top.png", "disc.png"].map((name) => planes.get(`[${name}]`)!);
    const by = (f: (l: boolean, t: boolean, d: boolean) => boolean): Float32Array =>
      left!.map((value, i) => (f(value === 1, top![i] === 1, disc![i] === 1) ? 1 : 0));
    expect(evaluate("[left.png] | [top.png] & [disc.png]")).toEqual(by((l, t, d) => l || (t && d)));
    expect(evaluate("([left.png] | [top.png]) & [disc.png]")).toEqual(by((l, t, d) => (l || t) && d));
    expect(evaluate("![left.png] & [top.png]")).toEqual(by((l, t) => !l && t));
    expect(evaluate("[left.png] \\ [top.png] ^ [disc.png]")).toEqual(by((l, t, d) => l && t === d));
    expect(evaluate("![left.png]|![top.png]")).toEqual(by((l, t) => !l || !t));
    expect(white(evaluate("!{everywhere}"))).toBe(BOOLEAN["!{everywhere}"]);
  });

  it("refuses brackets with nothing in them", () => {
    expect(() => parseMaskExpression("< >")).toThrow("expected words that name something in the brackets");
    expect(() => parseMaskExpression("[ ]")).toThrow("expected the path of a picture in the brackets");
  });

  it("mixes grays between black and white", () => {
    const grays = new Map([
      ["[a]", Float32Array.of(0.2)],
      ["[b]", Float32Array.of(0.7)],
    ]);
    const of = (text: string) =>
      parseMaskExpression(text).evaluate((source) => grays.get(maskSourceKey(source))!)[0];
    expect(of("[a] & [b]")).toBeCloseTo(0.2, 6);
    expect(of("[a] | [b]")).toBeCloseTo(0.7, 6);
    expect(of("[a] ^ [b]")).toBeCloseTo(0.5, 6);
    expect(of("![a]")).toBeCloseTo(0.8, 6);
  });

  it("gives a mask or a located error for whatever is written", () => {
    const pieces = fc.constantFrom(
      "{video_mask}",
      "{everywhere}",
      "[a b.png]",
      "<a cat>",
      "!",
      "&",
      "|",
      "^",
      "\\",
      "(",
      ")",
      " ",
      "x",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join("");
        try {
          const values = parseMaskExpression(text).evaluate(() => Float32Array.of(1, 0));
          for (const value of values) expect(value === 0 || value === 1).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ScheduleError);
          expect((error as ScheduleError).offset).toBeLessThanOrEqual(text.length);
        }
      }),
    );
    expect(() => parseMaskExpression("(".repeat(5000))).toThrow(ScheduleError);
    expect(() => parseMaskExpression("!".repeat(5000))).toThrow(ScheduleError);
  });
});
