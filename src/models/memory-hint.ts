/** What helps when memory is short, the cheapest first. */
export const MEMORY_HINT =
  "Close other programs; use --low-memory, `vae_tiling: auto` for pictures above one megapixel, a smaller size, or a smaller model.";
