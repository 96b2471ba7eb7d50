import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMap, isScalar, parseDocument, Scalar } from "yaml";

import { lineAndColumn, offsetInSource } from "./text-position.ts";

describe("line and column", () => {
  it("count from 1", () => {
    expect(lineAndColumn("ab\ncd", 0)).toBe("1:1");
    expect(lineAndColumn("ab\ncd", 2)).toBe("1:3");
    expect(lineAndColumn("ab\ncd", 3)).toBe("2:1");
    expect(lineAndColumn("a\r\nb", 3)).toBe("2:1");
  });
});

describe("a character of a value is found in the file", () => {
  const styles = [
    Scalar.PLAIN,
    Scalar.QUOTE_SINGLE,
    Scalar.QUOTE_DOUBLE,
    Scalar.BLOCK_FOLDED,
    Scalar.BLOCK_LITERAL,
  ] as const;
  const word = fc.stringMatching(/^[a-z0-9(){}:*'"\\é😀]{1,12}$/u);

  it.each(styles)("in style %s, whatever is folded or escaped", (style) => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        const value = words.join(" ");
        const source = writeScalar(value, style);
        const { scalar, text } = readScalar(`key: ${source}\n`);
        expect(scalar.value).toBe(value);
        for (let i = 0; i < value.length; i++) {
          const character = String.fromCodePoint(value.codePointAt(i)!);
          if (character === " " || isInsidePair(value, i)) continue;
          const found = text.slice(offsetInSource(text, scalar, i));
          const escaped =
            character === "'"
              ? found.startsWith("''")
              : /^\\["\\xuU]/.test(found) && /["\\]|[^ -~]/.test(character);
          expect(escaped || found.startsWith(character), `${character} at ${i} of ${text}`).toBe(true);
        }
      }),
    );
  });

  it("behind escapes of every length", () => {
    const { scalar, text } = readScalar('key: "\\x41\\u0042\\U0001F600\\n\\"!"\n');
    expect(scalar.value).toBe('AB😀\n"!');
    expect(text.slice(offsetInSource(text, scalar, 6))).toBe('!"\n');
  });

  it("stays within the scalar when asked for one beyond its end", () => {
    const { scalar, text } = readScalar("key: abc\nnext: 1\n");
    expect(offsetInSource(text, scalar, 99)).toBe(8);
  });
});

/** The value in the style, folded at 40 columns; in one that can hold it when this one cannot. */
function writeScalar(value: string, style: Scalar.Type): string {
  const scalar = new Scalar(value);
  scalar.type = style;
  const document = parseDocument("key: 1");
  document.set("key", scalar);
  return document.toString({ lineWidth: 40 }).slice("key: ".length).replace(/\n$/, "");
}

function readScalar(text: string): { scalar: Scalar; text: string } {
  const { contents } = parseDocument(text);
  const value = isMap(contents) ? contents.items[0]?.value : undefined;
  if (!isScalar(value)) throw new Error(`expected a scalar in ${text}`);
  return { scalar: value, text };
}

/** Whether the index is the second half of a character beyond 16 bits. */
function isInsidePair(value: string, index: number): boolean {
  return /[\udc00-\udfff]/.test(value[index]!);
}
