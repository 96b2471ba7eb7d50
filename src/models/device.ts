/** Names of the devices that a model can run on. */

export const DEVICES = ["auto", "cpu", "cuda", "webgpu"] as const;

export type Device = (typeof DEVICES)[number];

/** What ONNX Runtime runs on in the end. */
export type Provider = Exclude<Device, "auto">;

/** Providers that need something of the machine. */
export type Accelerator = Exclude<Provider, "cpu">;
