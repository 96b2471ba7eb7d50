/** Tells what a file really is that was named `.safetensors` and is none, by its first bytes. */

const NEVER_LOADED =
  "A pickle can run any code when it is opened, so it is never loaded, whatever its name; download the model's .safetensors version.";

/** First bytes as Latin-1 text. */
const SIGNATURES: readonly {
  readonly starts: readonly string[];
  readonly what: string;
  readonly hint: string;
}[] = [
  {
    starts: ["PK\u0003\u0004"],
    what: "a Python pickle in a zip archive, as PyTorch writes it",
    hint: NEVER_LOADED,
  },
  // Protocols 2 to 5.
  {
    starts: ["\u0080\u0002", "\u0080\u0003", "\u0080\u0004", "\u0080\u0005"],
    what: "a Python pickle",
    hint: NEVER_LOADED,
  },
  {
    starts: ["version "],
    what: "a note of Git LFS about the file, not the file",
    hint: "Run `git lfs pull` in its folder, or download the file from the model's page.",
  },
  {
    starts: ["<!", "<h", "<H"],
    what: "a web page",
    hint: "The download failed, perhaps because the site wants a login; download it again in the browser.",
  },
  {
    starts: ["GGUF"],
    what: "a GGUF file, whose quantized weights this version does not run",
    hint: "Download the model's .safetensors version in F16, BF16 or F32.",
  },
];

/** @param start the first 8 bytes of the file */
export function recognizeForeignFile(
  start: Buffer,
): { readonly what: string; readonly hint: string } | undefined {
  const text = start.toString("latin1");
  return SIGNATURES.find(({ starts }) => starts.some((signature) => text.startsWith(signature)));
}
