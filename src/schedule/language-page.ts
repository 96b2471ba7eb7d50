/** docs/reference/schedules.md: how numbers change over time, with the tables of functions and easings. */

import { EASINGS } from "./easing.ts";
import { FUNCTIONS } from "./functions.ts";

/** The page as Markdown. */
export function scheduleLanguagePage(): string {
  const functions = [...FUNCTIONS.values()].map(
    ({ signature, description }) => `| \`${signature}\` | ${description} |`,
  );
  const easings = [...EASINGS.keys()].map((name) => `\`${name}\``).join(", ");
  return [INTRODUCTION, "| function | meaning |", "|---|---|", ...functions, "", easingSection(easings)].join(
    "\n",
  );
}

const INTRODUCTION = `# How numbers change over time

Generated from the code by \`npm run generate\`.

Wherever [a setting](settings.md) is marked as a schedule, its value may be

| form | example | meaning |
|---|---|---|
| a number | \`zoom: 1.02\` | the same on every frame |
| a formula | \`zoom: 1 + 0.01*sin(t/10)\` | evaluated on every frame |
| a Deforum string | \`zoom: "0:(1), 30:(1.02), 60:(1)"\` | a straight line from key to key |
| a mapping | \`zoom: { 0: 1, 2s: 1.02 }\` | the same, in YAML |
| a mapping with easings | \`zoom: { 0: { value: 1, easing: ease_in_out }, 2s: 1.02 }\` | a curve from key to key |
| one easing for all keys | \`zoom: { easing: ease_in_out, 0: 1, 2s: 1.02, 4s: 1 }\` | keys may have another of their own |

Put Deforum strings in quotes: YAML reads \`zoom: 0: (1)\` as a broken mapping.

**Keys** are frames (\`30\`), seconds (\`2s\`, \`1.5s\`), beats (\`4b\`, with \`bpm\` set) or expressions (\`max_f/2\`). The last key written for a frame
counts; keys past the end are ignored (\`animate lint\` says so); before the first and after the last key the nearest value holds.

**A number ramps, a formula runs.** From a number the value moves in a straight line to the next key. A formula is evaluated on every frame up to the
next key and then jumps to it; that is Deforum's rule, and it also holds for \`1+1\`, \`1e-3\` and \`( 5 )\`, which look like numbers and are formulas.

## Formulas

Variables: \`t\` the frame, \`s\` the seed, \`max_f\` the last frame, \`fps\`, \`beat\` (frames per beat, with \`bpm\` set), \`prev\`, \`pi\`, \`e\`.
Times such as \`2s\` and \`4b\` are numbers of frames: \`wave(2s)\` swings once in two seconds, whatever the fps. Operators: \`+ - * / % **\`, comparisons (1 or 0), \`& | ~\` between
comparisons, \`<< >>\`. \`**\` binds more tightly than a sign (\`-t**2\` is −(t²)), \`%\` takes the sign of the divisor, and comparisons bind more loosely than
\`&\` and \`|\`, so bracket them: \`(t > 10) & (t < 20)\`. A frame on which a formula gives no number is bridged by a straight line.

\`prev\` is the value of the frame before, so that a curve can build on itself: \`0.9*prev + 0.1*noise1d(t/4)\` lags behind a noise. On the first frame of a
key it is the value of the key before, and 0 when there is none. Values beyond 1e15 are a mistake.
`;

function easingSection(easings: string): string {
  return `## Easings

An easing shapes the way from its key to the next: ${easings}, and \`bezier(x1, y1, x2, y2)\` as in CSS. In a mapping it stands beside the value; in a
string behind it: \`"0:(1) ease_in_out, 60:(1.02)"\`. \`back\` goes a tenth too far and returns, \`elastic\` springs, \`bounce\` falls and bounces; a setting with
a range has to leave room for that.
`;
}
