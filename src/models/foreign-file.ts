/** Tells what a file really is that should be a safetensors file and is none, by its first bytes. */

import { open, stat } from "node:fs/promises";
import { LIMITS } from "../limits.ts";

const NEVER_LOADED =
  "A pickle can run any code when it is opened, so it is never loaded, whatever its name; download the model's .safetensors version.";
const NO_MODEL =
  "Give a model: a .safetensors file, or a folder in the diffusers layout; `animate models list` shows what is there.";
const PACKED = "Unpack it, and give what is in it: a .safetensors file, or a folder in the diffusers layout.";

export interface ForeignFile {
  /** With its article: `a web page`. */
  readonly what: string;
  readonly hint: string;
}

/** First bytes, or those from another place on, as Latin-1 text. */
const SIGNATURES: readonly (ForeignFile & { readonly begins: readonly string[]; readonly at?: number })[] = [
  {
    begins: ["PK\u0003\u0004"],
    what: "a Python pickle in a zip archive, as PyTorch writes it",
    hint: NEVER_LOADED,
  },
  // Protocols 2 to 5.
  {
    begins: ["\u0080\u0002", "\u0080\u0003", "\u0080\u0004", "\u0080\u0005"],
    what: "a Python pickle",
    hint: NEVER_LOADED,
  },
  {
    begins: ["version "],
    what: "a note of Git LFS about the file, not the file",
    hint: "Run `git lfs pull` in its folder, or download the file from the model's page.",
  },
  {
    begins: ["<!", "<h", "<H"],
    what: "a web page",
    hint: "The download failed, perhaps because the site wants a login; download it again in the browser.",
  },
  {
    begins: ["GGUF"],
    what: "a GGUF file, whose quantized weights this version does not run",
    hint: "Download the model's .safetensors version in F16, BF16 or F32.",
  },
  { at: 4, begins: ["ftyp"], what: "a video or picture (MP4, MOV or AVIF)", hint: NO_MODEL },
  { begins: ["\u001aE\u00df\u00a3"], what: "a video (WebM or Matroska)", hint: NO_MODEL },
  { begins: ["RIFF"], what: "a picture, video or sound (WebP, AVI or WAV)", hint: NO_MODEL },
  { begins: ["\u0089PNG"], what: "a picture (PNG)", hint: NO_MODEL },
  { begins: ["\u00ff\u00d8\u00ff"], what: "a picture (JPEG)", hint: NO_MODEL },
  { begins: ["GIF8"], what: "a picture (GIF)", hint: NO_MODEL },
  { begins: ["\u001f\u008b", "7z\u00bc\u00af", "Rar!"], what: "a packed archive", hint: PACKED },
  { begins: ["\u0089HDF"], what: "an HDF5 file, as Keras writes it", hint: NO_MODEL },
];

/**
 * @param start the first 8 bytes of the file, or all of a shorter one
 * @returns undefined for what may be a safetensors file, and for what is not known
 */
export function recognizeForeignFile(start: Buffer): ForeignFile | undefined {
  // Safetensors files begin with a length, whose lowest bytes may be anything.
  if (start.length >= 8 && start.readBigUInt64LE() <= BigInt(LIMITS.safetensors.headerBytes))
    return undefined;
  const text = start.toString("latin1");
  return SIGNATURES.find(({ begins, at = 0 }) => begins.some((bytes) => text.startsWith(bytes, at)));
}

/** The same by the file's name; also undefined for what is no file, or cannot be read. */
export async function recognizeFile(file: string): Promise<ForeignFile | undefined> {
  const status = await stat(file).catch(() => undefined);
  if (!status?.isFile()) return undefined;
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return recognizeForeignFile(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}
