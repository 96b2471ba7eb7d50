/** sharp, on a libvips that does not lose pictures; the only place that loads it. */

import "./libvips-threads.ts";

export { default } from "sharp";
