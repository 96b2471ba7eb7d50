/**
 * How well duds are told from good frames: the area under the ROC curve of each kind, how many duds its threshold finds, and how many good frames
 * are rejected. Deterministic.
 *
 *     node bench/thumbnails/duds.mjs [--count 600] [--first 1000] [--quick] [--sheets <folder>]
 *
 * `--first` is the number of the first picture: the thresholds were chosen on 0–239. `--quick` makes 12 pictures without renders, for the tests.
 * Exit code 1 below an area of 0.98, or above 3 % of good frames. `--sheets` writes what was wrongly rejected, and what was missed. JSON on stdout, a table on stderr.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureCombing } from "../../dist/scoring/combing.js";
import { dudStrengths, findDud } from "../../dist/scoring/duds.js";
import { scoreFrame } from "../../dist/scoring/score.js";
import { secondLook } from "../../dist/scoring/second-look.js";
import { transitionStrengths } from "../../dist/scoring/transitions.js";
import { readPngBytes } from "../../dist/tensor/picture-file.js";
import { areaUnderCurve } from "./area-under-curve.mjs";
import { chance } from "./chance.mjs";
import { makeFilm } from "./film.mjs";
import { goodFrame, renderedFrames } from "./good-frames.mjs";
import { interlaced } from "./interlace.mjs";
import { writeSheet } from "./picture-sheet.mjs";
import { barred, SPOILERS } from "./spoil.mjs";

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "600" },
    first: { type: "string", default: "1000" },
    quick: { type: "boolean", default: false },
    sheets: { type: "string" },
  },
});
const count = options.quick ? 12 : Number(options.count);
const first = Number(options.first);

const runs = options.quick ? [] : await renderedFrames();
const rendered = runs.flatMap(({ frames }) => frames);
const rejected = [];
const missed = [];
const kinds = {};

await judgePictures();
await judgeFilms();
const isBelowBar = Object.values(kinds).some(
  ({ auc, falselyRejected }) => auc < 0.98 || falselyRejected > 0.03,
);
if (isBelowBar && !options.quick) process.exitCode = 1;
process.stdout.write(`${JSON.stringify(kinds, undefined, 2)}\n`);
if (options.sheets !== undefined) {
  await writeSheet(rejected, join(options.sheets, "rejected.png"));
  await writeSheet(missed, join(options.sheets, "missed.png"));
}

/** Every kind that a single frame shows. Of each fourth good frame there is one between bars as well, which is good too. */
async function judgePictures() {
  const good = [];
  const duds = Object.fromEntries(Object.keys(SPOILERS).map((kind) => [kind, []]));
  const combing = { good: [], duds: [] };
  let falselyInterlaced = 0;
  let interlacedFound = 0;
  for (let n = first; n < first + count; n++) {
    const { image, from } = await goodFrame(n, count, rendered);
    const pictures = [{ image, from }];
    if (n % 4 === 3) {
      const dice = chance(n, "bars");
      pictures.push({ image: barred(image, dice.between(0.3, 0.9), dice), from: `${from}, barred` });
    }
    for (const picture of pictures) {
      const score = scoreFrame(picture.image);
      good.push(score);
      if (score.dud !== undefined)
        rejected.push({ image: picture.image, text: `${score.dud}: ${picture.from}` });
    }
    for (const [kind, spoil] of Object.entries(SPOILERS)) {
      const dud = await spoil(image, chance(n, `spoil ${kind}`));
      const score = scoreFrame(dud);
      duds[kind].push(score);
      if (score.dud === undefined) missed.push({ image: dud, text: `${kind}: ${from}` });
    }
    const woven = interlaced(image, chance(n, "interlace"));
    combing.good.push(measureCombing(image));
    combing.duds.push(measureCombing(woven));
    if (secondLook(image) !== undefined) falselyInterlaced++;
    if (secondLook(woven) === "interlaced") interlacedFound++;
    if ((n + 1 - first) % 60 === 0) process.stderr.write(`${n + 1 - first} of ${count} pictures\n`);
  }
  const goodStrengths = good.map(dudStrengths);
  for (const [kind, scores] of Object.entries(duds)) {
    const strengths = scores.map(dudStrengths);
    report(kind, {
      duds: scores.length,
      good: good.length,
      auc: areaUnderCurve(
        strengths.map((strength) => strength[kind]),
        goodStrengths.map((strength) => strength[kind]),
      ),
      found: share(scores, (score) => findDud(score) !== undefined),
      falselyRejected: share(goodStrengths, (strength) => strength[kind] >= 1),
    });
  }
  report("interlaced", {
    duds: count,
    good: count,
    auc: areaUnderCurve(combing.duds, combing.good),
    found: interlacedFound / count,
    falselyRejected: falselyInterlaced / count,
  });
  report("any of a frame", {
    good: good.length,
    falselyRejected: share(good, (score) => findDud(score) !== undefined),
  });
}

/** Frames that are a tenth to nine tenths past a transition against those of all shots, moves, cuts and changes of light, and of the renders. */
async function judgeFilms() {
  const films = Math.ceil(count / 10);
  const duds = [];
  const good = [];
  for (const { name, frames } of runs) {
    const scores = [];
    for (const path of frames) scores.push(scoreFrame(await readPngBytes(path)));
    judge(name, scores, []);
  }
  for (const joint of ["cross-fade", "fade", "cut", "whip", "light", "pulse"]) {
    for (let n = first; n < first + (joint.endsWith("fade") ? films : films / 3); n++) {
      const { frames, shares } = await makeFilm(n, joint);
      judge(`${joint} ${n}`, frames.map(scoreFrame), shares, frames);
    }
    process.stderr.write(`${joint} done\n`);
  }
  report("transition", {
    duds: duds.length,
    good: good.length,
    auc: areaUnderCurve(duds, good),
    found: share(duds, (strength) => strength >= 1),
    falselyRejected: share(good, (strength) => strength >= 1),
  });

  function judge(name, scores, shares, frames) {
    for (const [index, strength] of transitionStrengths(scores).entries()) {
      const past = shares[index];
      if (past === undefined) {
        // What another kind rejects already is not rejected by this one.
        good.push(strength);
        if (strength >= 1 && frames)
          rejected.push({ image: frames[index], text: `transition: ${name} #${index}` });
      } else if (past > 0.1 && past < 0.9 && scores[index].dud === undefined) {
        duds.push(strength);
        if (strength < 1) missed.push({ image: frames[index], text: `transition: ${name} #${index}` });
      }
    }
  }
}

function share(list, test) {
  return list.filter(test).length / list.length;
}

function report(kind, figures) {
  kinds[kind] = figures;
  const text = Object.entries(figures).map(([name, value]) => `${name} ${Number(value.toFixed(4))}`);
  process.stderr.write(`${kind.padEnd(14)} ${text.join("  ")}\n`);
}
