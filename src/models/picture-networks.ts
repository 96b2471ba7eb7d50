/** What the networks beside a diffusion model offer: depth of a picture, a larger picture, and what moved between two. */

import type { ByteImage } from "../tensor/image.ts";

/** Facts of such a network. */
export interface PictureNetworkInfo {
  /** Name shown to people: the folder's, or the file's without `.onnx`. */
  readonly name: string;
  /** sha256 over config and weights, or of the ONNX file, hex. */
  readonly hash: string;
}

export interface DepthInfo extends PictureNetworkInfo {
  /**
   * `nearness`: 0 (infinitely far) to 1 (nearest), comparable between pictures. `relative`: numbers of any scale, whose order alone counts;
   * whether near is large or small is the user's word.
   */
  readonly output: "nearness" | "relative";
}

/** All functions throw ModelError when the files do not fit, RenderError when the runtime fails. */
export interface DepthNetwork {
  readonly info: DepthInfo;
  /** @returns one number per pixel, `height * width` */
  estimate(picture: ByteImage): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface UpscalerInfo extends PictureNetworkInfo {
  /** Factor on both sides, ≥ 2. */
  readonly scale: number;
}

/** Throws like {@link DepthNetwork}. */
export interface Upscaler {
  readonly info: UpscalerInfo;
  /** @returns the picture at `scale` times its size */
  enlarge(picture: ByteImage): Promise<ByteImage>;
  release(): Promise<void>;
}

/** Throws like {@link DepthNetwork}. */
export interface FlowNetwork {
  readonly info: PictureNetworkInfo;
  /**
   * Pixel p of `previous` is found at p + flow(p) in `next`.
   *
   * @param next of the same size
   * @returns `[height, width, 2]`: right and down, pixels
   */
  estimate(previous: ByteImage, next: ByteImage): Promise<Float32Array>;
  release(): Promise<void>;
}
