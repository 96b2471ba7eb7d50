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

/**
 * The tensors of a sound file that `nameOf` gives a name, packed into a file of their own.
 *
 * @param nameOf the name that a tensor has from here on; undefined leaves it out
 */
export function repackSafetensors(file: Buffer, nameOf: (name: string) => string | undefined): Buffer {
  const { header, data } = decodeSafetensors(file);
  const packed: Record<string, HeaderEntry> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, entry] of Object.entries(header)) {
    const renamed = nameOf(name);
    if (renamed === undefined) continue;
    const bytes = data.subarray(...entry.data_offsets);
    packed[renamed] = { ...entry, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  return encodeSafetensors(packed, Buffer.concat(parts));
}
