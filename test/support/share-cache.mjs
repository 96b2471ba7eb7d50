/**
 * One of several processes that use one cache at once: keeps frames, takes them, makes room. Prints how many it found; ends with an error when one
 * has other bytes than it was made of.
 *
 *     node share-cache.mjs <cache> <folder of its own> <seed> <steps>
 */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectGarbage } from "../../dist/frame-cache/collect-garbage.js";
import { openFrameCache } from "../../dist/frame-cache/frame-cache.js";

const [folder, own, seed, steps] = process.argv.slice(2);
const FRAMES = 30;
const sha256 = (content) => createHash("sha256").update(content).digest("hex");

const cache = openFrameCache({
  folder,
  limitBytes: 1e9,
  machine: "shared",
  run: own,
  model: "none",
  onWarning(message) {
    throw new Error(message);
  },
});
mkdirSync(join(own, "frames"), { recursive: true });

function writePicture(name, content) {
  const bytes = Buffer.alloc(20_000, content);
  const file = `frames/${name}.png`;
  writeFileSync(join(own, file), bytes);
  return { file, sha256: sha256(bytes) };
}

let found = 0;
for (let step = 0; step < Number(steps); step++) {
  const frame = Number.parseInt(sha256(`${seed} ${step}`).slice(0, 8), 16) % FRAMES;
  const picture = writePicture(`${step}0`, `frame ${frame}`);
  const newer = writePicture(`${step}1`, `state ${frame % 5}`);
  const chain = sha256(`chain ${frame}`);
  const cached = await cache.find(chain);
  if (cached) {
    found++;
    for (const { sha256: hash } of [picture, newer]) {
      if (sha256(cached.contents.get(hash) ?? "") !== hash) throw new Error(`frame ${frame} has other bytes`);
    }
    await cache.share(own, picture);
  } else {
    await cache.keep(own, {
      chain,
      picture,
      state: { newer, older: null, colorReference: null },
      seconds: 1,
    });
  }
  if (step % 10 === 9) await collectGarbage(folder, { limitBytes: 300_000 });
}
process.stdout.write(`${found}\n`);
