/** How a picture is arranged, told from where it draws the eye. */
import { SALIENCY_SIDE } from "./saliency.ts";

export interface Composition {
  readonly thirds: number;
  readonly subjectRoom: number;
}

const N = SALIENCY_SIDE;
/** Distance from a power point at which closeness has fallen to 1/√e, as a share of the side. Own. */
const POINT_SPREAD = 0.1;
/** A cell belongs to a subject when it is this many times as salient as the mean: the proto-objects of Hou and Zhang (CVPR 2007) have 3. */
const SUBJECT_FACTOR = 3;
/** Cells at the border that a subject with room leaves free. Own. */
const MARGIN = 1;

/** Closeness of each cell to the nearest of the four points where the lines of thirds cross, 0–1. */
const CLOSENESS = Float64Array.from({ length: N * N }, (_, i) => {
  const x = ((i % N) + 0.5) / N;
  const y = (Math.floor(i / N) + 0.5) / N;
  const dx = Math.min(Math.abs(x - 1 / 3), Math.abs(x - 2 / 3));
  const dy = Math.min(Math.abs(y - 1 / 3), Math.abs(y - 2 / 3));
  return Math.exp(-(dx * dx + dy * dy) / (2 * POINT_SPREAD ** 2));
});

/** Judges a map of {@link measureSaliency}. */
export function measureComposition(saliency: Float64Array): Composition {
  return { thirds: thirds(saliency), subjectRoom: subjectRoom(saliency) };
}

/** Mean closeness of the proto-objects, by their saliency; of the whole map when it has none. */
function thirds(saliency: Float64Array): number {
  const least = SUBJECT_FACTOR / saliency.length;
  let near = 0;
  let all = 0;
  let nearOfObjects = 0;
  let ofObjects = 0;
  for (let i = 0; i < saliency.length; i++) {
    const value = saliency[i]!;
    near += value * CLOSENESS[i]!;
    all += value;
    if (value < least) continue;
    nearOfObjects += value * CLOSENESS[i]!;
    ofObjects += value;
  }
  return ofObjects > 0 ? nearOfObjects / ofObjects : near / all;
}

/** The share of all proto-objects' saliency in the greatest one, less what of it lies at the border. */
function subjectRoom(saliency: Float64Array): number {
  const least = SUBJECT_FACTOR / saliency.length;
  const seen = new Uint8Array(saliency.length);
  const queue = new Int32Array(saliency.length);
  let all = 0;
  let greatest = { mass: 0, atBorder: 0 };
  for (let start = 0; start < saliency.length; start++) {
    if (seen[start] === 1 || saliency[start]! < least) continue;
    const object = { mass: 0, atBorder: 0 };
    let length = 0;
    queue[length++] = start;
    seen[start] = 1;
    for (let next = 0; next < length; next++) {
      const cell = queue[next]!;
      const [x, y] = [cell % N, Math.floor(cell / N)];
      object.mass += saliency[cell]!;
      const isAtBorder = x < MARGIN || y < MARGIN || x >= N - MARGIN || y >= N - MARGIN;
      if (isAtBorder) object.atBorder += saliency[cell]!;
      for (const [neighbor, isInside] of [
        [cell - 1, x > 0],
        [cell + 1, x < N - 1],
        [cell - N, y > 0],
        [cell + N, y < N - 1],
      ] as const) {
        if (!isInside || seen[neighbor] === 1 || saliency[neighbor]! < least) continue;
        seen[neighbor] = 1;
        queue[length++] = neighbor;
      }
    }
    all += object.mass;
    if (object.mass > greatest.mass) greatest = object;
  }
  if (all === 0) return 0;
  // A subject that is cut has a tenth of itself and more in the outermost cells.
  return (greatest.mass / all) * Math.max(0, 1 - (10 * greatest.atBorder) / greatest.mass);
}
