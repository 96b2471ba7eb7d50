/** The kernels that the WebAssembly module offers, see ../kernels.ts. */

export { bicubicRow, bilinearRow } from "./sample";
export { unsharpRow, weighRows } from "./rows";
export { mixRow, philoxBlocks } from "./noise";
export { equationsRow, interleave, slideSums, solveRow } from "./flow";
export { labFromRgbRow, rgbFromLabRow } from "./lab";
