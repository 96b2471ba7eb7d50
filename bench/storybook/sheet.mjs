/** Pictures in rows, each with a few lines of text under it, as a PNG. */
import sharp from "sharp";

const GAP = 10;
const LINE_HEIGHT = 15;

/**
 * @param tiles `{ image, lines }`: a byte image, and lines of text, `*` in front of one that shall stand out
 * @param options `columns`, `tile` (pixels a side), `lines` (room for that many)
 * @returns a sharp pipeline over the sheet
 */
export async function drawSheet(tiles, { columns = 6, tile = 256, lines = 3 } = {}) {
  const rows = Math.ceil(tiles.length / columns);
  const [stepX, stepY] = [tile + GAP, tile + lines * LINE_HEIGHT + GAP + 4];
  const [width, height] = [columns * stepX + GAP, rows * stepY + GAP];
  const place = (index) => ({
    left: GAP + (index % columns) * stepX,
    top: GAP + Math.floor(index / columns) * stepY,
  });
  const pictures = await Promise.all(
    tiles.map(async ({ image }, index) => {
      const { width: from, height: high, data } = image;
      const raw = sharp(data, { raw: { width: from, height: high, channels: 3 } });
      return { input: await raw.resize(tile, tile, { fit: "contain" }).png().toBuffer(), ...place(index) };
    }),
  );
  const texts = tiles.flatMap(({ lines: own }, index) => {
    const { left, top } = place(index);
    return own.map((text, line) => label(text, left, top + tile + 14 + line * LINE_HEIGHT));
  });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11.5">${texts.join("")}</svg>`;
  const sheet = await sharp({ create: { width, height, channels: 3, background: "#15161b" } })
    .composite([...pictures, { input: Buffer.from(overlay) }])
    .png()
    .toBuffer();
  return sharp(sheet);
}

function label(text, x, y) {
  const [color, words] = text.startsWith("*") ? ["#ffb14a", text.slice(1)] : ["#c9ccd6", text];
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" fill="${color}">${escaped}</text>`;
}
