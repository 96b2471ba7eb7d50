/** Makes safetensors files for tests, sound ones and broken ones. */

/** Header (an object, or the very text) and data as the bytes of a file. */
export function encodeSafetensors(header: object | string, data: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** One header entry, as JSON.parse gives it. */
export interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Header and data of a sound file. */
export function decodeSafetensors(file: Buffer): { header: Record<string, HeaderEntry>; data: Buffer } {
  const end = 8 + Number(file.readBigUInt64LE());
  const header: Record<string, HeaderEntry> = JSON.parse(file.toString("utf8", 8, end));
  delete header["__metadata__"];
  return { header, data: file.subarray(end) };
}
