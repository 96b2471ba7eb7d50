/** The operators that ONNX files from elsewhere may use: those of networks that see pictures and texts, and none that can run without end. */

import { ModelError } from "../errors.ts";
import { excerpt } from "../printable.ts";
import type { ScannedGraph } from "./scan-graph.ts";

/**
 * Of ONNX up to opset 26, without `Loop`, `Scan` and `SequenceMap`, which repeat as often as the file says (2⁶² times), without operators that decode
 * files or search texts, and without those of training.
 */
const STANDARD = `
  Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization Bernoulli BitCast BitShift BitwiseAnd
  BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu CenterCropPad Clip Col2Im Compress Concat ConcatFromSequence Constant
  ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumProd CumSum DFT DeformConv DepthToSpace DequantizeLinear Det Div Dropout
  DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool
  GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity If
  InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization LpPool MatMul MatMulInteger
  Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization Min Mish Mod Mul Multinomial Neg NonMaxSuppression NonZero Not OneHot Optional
  OptionalGetElement OptionalHasElement Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal RandomNormalLike
  RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
  ReduceSumSquare Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round STFT Scatter ScatterElements ScatterND Selu SequenceAt
  SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign
  SpaceToDepth Split SplitToSequence Sqrt Squeeze Sub Sum Swish Tan Tanh TensorScatter ThresholdedRelu Tile TopK Transpose Trilu Unique Unsqueeze
  Upsample Where Xor`;

/** Of ONNX Runtime, as its optimizer and optimum write them into exports: fused and quantized layers, no searches that call graphs. */
const RUNTIME = `
  Attention BiasAdd BiasDropout BiasGelu BiasSoftmax BiasSplitGelu ConvTransposeWithDynamicPads DequantizeLinear DynamicQuantizeMatMul
  EmbedLayerNormalization FastGelu FusedConv FusedGemm FusedMatMul Gelu GemmFloat8 GroupNorm GroupQueryAttention MatMulInteger16
  MatMulIntegerToFloat MatMulNBits MultiHeadAttention NhwcConv NhwcFusedConv NhwcMaxPool PackedAttention PackedMultiHeadAttention QAttention
  QLinearAdd QLinearAveragePool QLinearConcat QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearSigmoid QLinearSoftmax QuantizeLinear
  QuickGelu RemovePadding RestorePadding RotaryEmbedding SimplifiedLayerNormalization SkipGroupNorm SkipLayerNormalization
  SkipSimplifiedLayerNormalization Trilu`;

const ALLOWED: ReadonlySet<string> = new Set([
  ...STANDARD.trim().split(/\s+/),
  ...RUNTIME.trim()
    .split(/\s+/)
    .map((name) => `com.microsoft.${name}`),
]);

/**
 * @param file of the graph, for errors
 * @throws ModelError for any other operator, and for functions of the file's own, whose calls could grow without end
 */
export function requireKnownOperators({ operators, functions }: ScannedGraph, file: string): void {
  const unknown = [...operators].find((name) => !ALLOWED.has(name));
  if (unknown !== undefined) {
    throw new ModelError(
      `expected operators of networks for pictures and texts, found ${excerpt(unknown)} in the graph`,
      {
        where: file,
        hint: "Graphs that loop, decode files or need operators of their own are not run; export the network without them, in PyTorch by tracing.",
      },
    );
  }
  if (functions > 0) {
    throw new ModelError(
      "expected a graph of plain operators, found functions that the file defines itself",
      {
        where: file,
        hint: "Write them out before saving: `onnx.inliner.inline_local_functions(model)` in Python.",
      },
    );
  }
}
