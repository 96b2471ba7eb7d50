/** A flow as arrows over the picture that it leads to. */

import type { ByteImage } from "../tensor/image.ts";
import { flowExtent, writeFlowColor } from "./flow-wheel.ts";

/** Shares of the shorter side: distance of the arrows, half of their breadth, and the longest barb of their heads. */
const GRID = 1 / 20;
const BREADTH = 1 / 450;
const BARB = 1 / 55;
/** Between a barb and the shaft. */
const BARB_ANGLE = Math.PI / 7;
/** The picture steps back behind the arrows. */
const DIMMED = 0.4;

/**
 * Arrows on a grid, each from where a thing was to where it is now, in the color of its direction (see flowWheel) and in their true length.
 * Where nothing moves by half a pixel there is a dot.
 *
 * @param flow `[height, width, 2]`: right and down, pixels
 * @param picture of the same size
 */
export function flowArrows(flow: Float32Array, picture: ByteImage): ByteImage {
  const { width, height } = picture;
  const data = picture.data.map((level) => level * DIMMED);
  const side = Math.min(width, height);
  const step = Math.max(8, Math.round(side * GRID));
  const breadth = Math.max(0.7, side * BREADTH);
  const extent = flowExtent(flow);
  const color = new Float64Array(3);
  for (let y = step >> 1; y < height; y += step) {
    for (let x = step >> 1; x < width; x += step) {
      const right = flow[2 * (y * width + x)]!;
      const down = flow[2 * (y * width + x) + 1]!;
      const length = Math.hypot(right, down);
      // Short ones as well are to be told from the picture by their color.
      const strength = length > 0 ? (0.5 + (0.5 * Math.min(length, extent)) / extent) / length : 0;
      writeFlowColor(right * strength, down * strength, color);
      const line = (toX: number, toY: number, fromX: number, fromY: number) =>
        drawLine({ width, height, data }, { fromX, fromY, toX, toY, breadth }, color);
      if (length < 0.5) {
        line(x, y, x, y);
        continue;
      }
      const [tipX, tipY] = [x + right, y + down];
      line(tipX, tipY, x, y);
      const barb = Math.min(length / 2, Math.max(3, side * BARB));
      for (const turn of [BARB_ANGLE, -BARB_ANGLE]) {
        const angle = Math.atan2(-down, -right) + turn;
        line(tipX, tipY, tipX + barb * Math.cos(angle), tipY + barb * Math.sin(angle));
      }
    }
  }
  return { width, height, data };
}

interface Line {
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
  /** Half of it, pixels. */
  readonly breadth: number;
}

/** A line with round ends, drawn over the picture; each pixel as far as the line covers it. */
function drawLine({ width, height, data }: ByteImage, line: Line, color: Float64Array): void {
  const { fromX, fromY, toX, toY, breadth } = line;
  const reach = breadth + 1;
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const squared = alongX * alongX + alongY * alongY;
  const left = Math.max(0, Math.ceil(Math.min(fromX, toX) - reach));
  const end = Math.min(width - 1, Math.floor(Math.max(fromX, toX) + reach));
  const top = Math.max(0, Math.ceil(Math.min(fromY, toY) - reach));
  const bottom = Math.min(height - 1, Math.floor(Math.max(fromY, toY) + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= end; x++) {
      const [dx, dy] = [x - fromX, y - fromY];
      const share = squared > 0 ? Math.min(1, Math.max(0, (dx * alongX + dy * alongY) / squared)) : 0;
      const distance = Math.hypot(dx - share * alongX, dy - share * alongY);
      const cover = Math.min(1, breadth + 0.5 - distance);
      if (cover <= 0) continue;
      const o = 3 * (y * width + x);
      for (let k = 0; k < 3; k++) data[o + k] = data[o + k]! + (color[k]! - data[o + k]!) * cover + 0.5;
    }
  }
}
