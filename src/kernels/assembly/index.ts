/** The kernels that the WebAssembly module offers, see ../kernels.ts. */

export { awaitBand, beginJob, doBand, help, isBandDone, outputOf, takeBand } from "./crew";
export { announceRows } from "./arrival";
export { locateByMatrix, locateInDepth } from "./locate";
export { tapOf } from "./taps";
export { leastOf, leastRow, mostOf } from "./least";
export { weighRows } from "./rows";
export { mixRow, philoxBlocks } from "./noise";
export { equationsRow, interleave, slideSums, solveRow } from "./flow";
export { floatsFromLevels, levelsFromFloats } from "./levels";
