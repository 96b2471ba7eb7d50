/** What people do to a picture that they copy, as functions of a sharp pipeline's input. */
import sharp from "sharp";

const SIZE = 256;

const whole = (file) => sharp(file).resize(SIZE, SIZE, { fit: "fill" });
const cut = (left, top, width, height) => async (file) =>
  sharp(await whole(file).png().toBuffer()).extract({ left, top, width, height });
const title = (text, y, size) => (file) =>
  whole(file).composite([
    {
      input: Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}"><text x="128" y="${y}" text-anchor="middle" font-family="sans-serif" font-weight="900" font-size="${size}" fill="#ffe14d" stroke="#000" stroke-width="7" paint-order="stroke">${text}</text></svg>`,
      ),
    },
  ]);

/** Name → file → pipeline. */
export const ALTERATIONS = {
  "JPEG of quality 30": whole,
  "half the size and back": async (file) =>
    sharp(await whole(file).resize(128, 128).png().toBuffer()).resize(SIZE, SIZE),
  "brighter, more contrast": (file) => whole(file).linear(1.2, 8),
  "colors turned by 25°, less saturated": (file) => whole(file).modulate({ hue: 25, saturation: 0.75 }),
  mirrored: (file) => whole(file).flop(),
  "10 % cut from each side's length": cut(13, 13, 230, 230),
  "10 % cut from the left and top": cut(26, 26, 230, 230),
  "16:9 cut from the middle": cut(0, 56, 256, 144),
  "16:9 cut from the top": cut(0, 10, 256, 144),
  "squeezed to 16:9": (file) => whole(file).resize(512, 288, { fit: "fill" }),
  "bars left and right": (file) => whole(file).extend({ left: 100, right: 100, background: "black" }),
  "title below": title("MEGA HERO", 225, 40),
  "large title in the middle": title("WOW!!", 150, 84),
  "mirrored, cut, recolored, title, JPEG 50": async (file) => {
    const plain = await (await cut(16, 10, 230, 230)(file)).flop().png().toBuffer();
    const titled = title("BIG DAY", 60, 48)(plain);
    return titled.modulate({ brightness: 1.1, saturation: 1.25 });
  },
};

/** Largest quality that a platform would give it. */
const QUALITIES = { "JPEG of quality 30": 30, "mirrored, cut, recolored, title, JPEG 50": 50 };

/** The altered picture as a file's bytes. */
export async function alter(name, file) {
  const pipeline = await ALTERATIONS[name](file);
  return await pipeline.jpeg({ quality: QUALITIES[name] ?? 90 }).toBuffer();
}
