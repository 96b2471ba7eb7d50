/** Weaves two moments of a moving scene into one picture, as interlaced video does when it is shown as it is. */

/**
 * The even lines of a picture, and the odd ones of the same half a frame later: the whole has moved, as under a panning camera, or only a part.
 */
export function interlaced({ width, height, data }, dice) {
  const [dx, dy] = [dice.pick([-1, 1]) * dice.between(3, 24), dice.between(-4, 4)];
  const isPan = dice.happens(0.5);
  const part = isPan
    ? { left: 0, top: 0, right: width, bottom: height }
    : {
        left: dice.between(0, 0.4) * width,
        top: dice.between(0, 0.4) * height,
        right: dice.between(0.6, 1) * width,
        bottom: dice.between(0.6, 1) * height,
      };
  const woven = Uint8Array.from(data);
  for (let y = 1; y < height; y += 2) {
    if (y < part.top || y >= part.bottom) continue;
    const sy = Math.max(0, Math.min(height - 1, y + Math.round(dy)));
    for (let x = Math.ceil(part.left); x < part.right; x++) {
      const sx = Math.max(0, Math.min(width - 1, x + Math.round(dx)));
      woven.set(data.subarray(3 * (sy * width + sx), 3 * (sy * width + sx) + 3), 3 * (y * width + x));
    }
  }
  return { width, height, data: woven };
}
