/** Enlargement to twice the size and the convolution behind it, as the way up of UNets and decoders has them. */

import { convolution, dim, reshape, resize, type Network, type Size } from "./layers.ts";
import { addConvolutionLoras, changesLayer } from "./lora-graph.ts";
import type { Value } from "./onnx-graph.ts";

const KERNEL = 3;
/** Side of the kernels that act on the picture as it is before it is enlarged. */
const PHASE_KERNEL = 2;
/**
 * What the three rows of a kernel meet at every second row of a doubled picture: at even rows the first meets one source row, the other two the
 * next; at odd rows the first two meet one, the last the next. The same holds for columns.
 */
const MEETINGS = [
  [0, 1, 1],
  [0, 0, 1],
] as const;
const PHASES = [0, 1] as const;

export interface EnlargedConvolutionOptions {
  readonly outChannels: number;
  /** Default: true. */
  readonly bias?: boolean;
}

/**
 * Nearest-neighbor enlargement `[n, c, h, w]` → `[n, c, size]` and a 3×3 convolution with zeros around → `[n, outChannels, size]`.
 *
 * Where weights are folded when the session loads and the size doubles, it is computed from the small picture: each pixel of the doubled one is
 * one of four neighbors alike, so a kernel meets 2×2 different pixels, not 3×3, and four kernels whose numbers are sums of the one's give
 * the four kinds of pixels (the phases; as for the sub-pixel convolution of Shi et al. 2016, the other way round). 4/9 of the products, half
 * the time; equal but for rounding, some 3·10⁻⁷ of the largest value.
 *
 * @param paths module paths of the two layers; the convolution's weights lie under its own
 */
export function enlargedConvolution(
  network: Network,
  paths: { readonly enlargement: string; readonly convolution: string },
  x: Value,
  size: Size,
  { outChannels, bias = true }: EnlargedConvolutionOptions,
): Value {
  const enlarged = () => resize(network, paths.enlargement, x, size);
  const isDoubled = size.height === 2 * dim(x, 2) && size.width === 2 * dim(x, 3);
  const path = paths.convolution;
  if (!network.foldWeights || !isDoubled) {
    return convolution(network, path, enlarged(), { outChannels, kernel: KERNEL, bias });
  }
  const convolved = convolvePhases(network, path, x, { outChannels, bias });
  const { loras } = network.weights;
  if (!changesLayer(loras, path)) return convolved;
  const geometry = { strides: { ints: [1, 1] }, pads: { ints: [1, 1, 1, 1] } };
  return addConvolutionLoras(network.graph, loras, path, enlarged(), convolved, geometry);
}

function convolvePhases(
  network: Network,
  path: string,
  x: Value,
  { outChannels, bias }: Required<EnlargedConvolutionOptions>,
): Value {
  const { graph, weights } = network;
  const [batch, channels, height, width] = [dim(x, 0), dim(x, 1), dim(x, 2), dim(x, 3)];
  const kernels = outChannels * channels;
  const stored = graph.storedWeight(weights.take(`${path}.weight`, [outChannels, channels, KERNEL, KERNEL]));
  const rows = reshape(network, `${path}.kernels`, graph.toFloat(stored), [kernels, KERNEL ** 2]);
  const offset = bias ? [graph.weight(weights.take(`${path}.bias`, [outChannels]))] : [];
  const phases = PHASES.flatMap((row) =>
    PHASES.map((column) => {
      const name = `${path}.phase.${row}.${column}`;
      const sums = graph.constant(
        `phase_sums.${row}.${column}`,
        [KERNEL ** 2, PHASE_KERNEL ** 2],
        sumsOf(row, column),
      );
      const summed = graph.node("MatMul", [rows, sums], [kernels, PHASE_KERNEL ** 2], {
        name: `${name}.sums`,
      });
      const dims = [outChannels, channels, PHASE_KERNEL, PHASE_KERNEL];
      const kernel = reshape(network, `${name}.kernel`, summed, dims);
      return graph.node("Conv", [x, kernel, ...offset], [batch, outChannels, height, width], {
        name,
        attributes: {
          kernel_shape: { ints: [PHASE_KERNEL, PHASE_KERNEL] },
          // Top, left, bottom, right: even rows look up, odd rows look down.
          pads: { ints: [1 - row, 1 - column, row, column] },
        },
      });
    }),
  );
  const joined = graph.node("Concat", phases, [batch, phases.length * outChannels, height, width], {
    name: `${path}.phases`,
    attributes: { axis: { int: 1 } },
  });
  return graph.node("DepthToSpace", [joined], [batch, outChannels, 2 * height, 2 * width], {
    name: path,
    attributes: { blocksize: { int: 2 }, mode: { text: "DCR" } },
  });
}

/** Which numbers of a 3×3 kernel add up to which of a phase's 2×2: `[9, 4]`, ones and zeros. */
function sumsOf(row: 0 | 1, column: 0 | 1): Float32Array {
  const sums = new Float32Array(KERNEL ** 2 * PHASE_KERNEL ** 2);
  MEETINGS[row].forEach((metRow, y) => {
    MEETINGS[column].forEach((metColumn, x) => {
      sums[(y * KERNEL + x) * PHASE_KERNEL ** 2 + metRow * PHASE_KERNEL + metColumn] = 1;
    });
  });
  return sums;
}
