/** Pictures with a line of text under each, on one sheet, to be looked at. */

import sharp from "sharp";

const CELL = { width: 160, height: 140 };
const COLUMNS = 10;
const MOST = 200;
const INK = "#2b2b2b";

/** Writes a PNG of the first 200 `{ image, text }`. Nothing is written when there is none. */
export async function writeSheet(items, file) {
  const shown = items.slice(0, MOST);
  if (shown.length === 0) return;
  const tiles = shown.map(async ({ image, text }, n) => ({
    left: (n % COLUMNS) * CELL.width,
    top: Math.floor(n / COLUMNS) * CELL.height,
    input: await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
      .resize(CELL.width - 4, CELL.height - 20, { fit: "contain", background: INK })
      .extend({ bottom: 16, background: INK })
      .composite([{ input: label(text), left: 0, top: CELL.height - 20 }])
      .png()
      .toBuffer(),
  }));
  const size = { width: COLUMNS * CELL.width, height: Math.ceil(shown.length / COLUMNS) * CELL.height };
  const sheet = sharp({ create: { ...size, channels: 3, background: INK } });
  await sheet
    .composite(await Promise.all(tiles))
    .png()
    .toFile(file);
}

function label(text) {
  return Buffer.from(
    `<svg width="${CELL.width - 4}" height="15"><text x="2" y="11" font-size="9" fill="#fff">${text.slice(-36)}</text></svg>`,
  );
}
