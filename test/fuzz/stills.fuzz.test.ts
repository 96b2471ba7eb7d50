/** What is put on stills: titles of any text, in fonts of any bytes. */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as fc from "fast-check";
import { LIMITS } from "../../src/limits.ts";
import { settingsSchema } from "../../src/settings/schema.ts";
import { dressStill, openDress } from "../../src/thumbnails/dress-still.ts";
import { editedBytes, editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { fuzzFolder, names } from "./fuzz-file.ts";
import { ANY_TEXT } from "./splinters.ts";

const folder = fuzzFolder();
const still = {
  width: 96,
  height: 54,
  data: Uint8Array.from({ length: 3 * 96 * 54 }, (_, i) => (i * 7919) % 256),
};

async function dress(title: object): Promise<void> {
  const { thumbnails } = settingsSchema.parse({ prompts: "x", thumbnails: { title } });
  const { image, title: placed } = await dressStill(still, await openDress(thumbnails, folder));
  const numbers = placed ? [...Object.values(placed.area), placed.size, placed.capPixels] : [];
  if (image.data.length !== still.data.length) throw new Error(`gave ${image.data.length} bytes`);
  if (!numbers.every(Number.isFinite)) throw new Error(`placed the title at ${numbers.join(" ")}`);
}

fuzz({
  name: "drawn-titles",
  title: "titles of odd characters on stills",
  cases: 40,
  inputs: fc.oneof(
    editedText(["Superman over\nMetropolis", "שלום 👨‍👩‍👧 é", "He <b>can</b> & 'fly'"], ANY_TEXT),
    fc.string({ unit: "binary", maxLength: 60 }),
  ),
  least: { read: 10_000, refused: 0 },
  read: async (text) =>
    await dress({ text: Array.from(text).slice(0, LIMITS.settings.stillTitleCharacters).join("") }),
  isLocated: () => false,
});

const anton = readFileSync(
  createRequire(import.meta.url).resolve("@expo-google-fonts/anton/400Regular/Anton_400Regular.ttf"),
);
const font = join(folder, "font.ttf");

/** Where the tables of a font lie stands in its first bytes; some edits go into the tables themselves. */
const inTables = fc
  .array(fc.tuple(fc.nat(11), fc.nat(4000), fc.uint8Array({ minLength: 1, maxLength: 4 })), { maxLength: 8 })
  .map((edits) => {
    const bytes = new Uint8Array(anton);
    for (const [table, at, piece] of edits) {
      const start = anton.readUInt32BE(12 + 16 * (table % anton.readUInt16BE(4)) + 8);
      bytes.set(piece, Math.min(start + at, bytes.length - piece.length));
    }
    return bytes;
  });

fuzz({
  name: "fonts",
  title: "mutated fonts",
  cases: 40,
  inputs: fc.oneof(editedBytes([anton]), inTables),
  read: async (bytes: Uint8Array) => {
    writeFileSync(font, bytes);
    await dress({ text: "HE CAN fly, Ägypten", font: "font.ttf" });
  },
  isLocated: names(font),
});
