/** Text chunks of PNG files: the recipe of a picture travels inside it. */
import { crc32, inflateSync } from "node:zlib";
import { FileError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { excerpt } from "../printable.ts";

/** One text chunk. Keywords are 1–79 characters of printable ASCII. */
export interface PngText {
  readonly keyword: string;
  readonly text: string;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Signature, then the IHDR chunk: length, type, 13 bytes, checksum. */
const AFTER_HEADER = SIGNATURE.length + 12 + 13;

/**
 * The PNG with `texts` inserted behind its header. Latin-1 text goes into tEXt, everything else into iTXt (UTF-8), as the readers of
 * A1111's `parameters` expect. Source: PNG specification, third edition, 11.3.3.
 *
 * Throws RangeError for a keyword that is no keyword, FileError for bytes that are no PNG.
 */
export function insertPngText(png: Uint8Array, texts: readonly PngText[]): Buffer {
  checkSignature(png);
  return Buffer.concat([
    png.subarray(0, AFTER_HEADER),
    ...texts.map(encodeTextChunk),
    png.subarray(AFTER_HEADER),
  ]);
}

/**
 * The PNG as {@link insertPngText} would have written it with `texts`, from one that it wrote with others: the pixels are not decoded.
 *
 * Throws as that does.
 */
export function replacePngText(png: Uint8Array, texts: readonly PngText[]): Buffer {
  checkSignature(png);
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  let end = AFTER_HEADER;
  while (end + 12 <= bytes.length && isTextChunk(bytes.toString("latin1", end + 4, end + 8))) {
    end += 12 + bytes.readUInt32BE(end);
  }
  return insertPngText(Buffer.concat([bytes.subarray(0, AFTER_HEADER), bytes.subarray(end)]), texts);
}

/**
 * The PNG without texts: decoders unpack each of them, a thousand times its size, for nothing. The rest stays as it is, damage included.
 *
 * @returns the same bytes where there are none
 */
export function withoutPngTexts(bytes: Buffer): Buffer {
  const kept: Buffer[] = [];
  let keptFrom = 0;
  let position = SIGNATURE.length;
  while (position + 12 <= bytes.length) {
    const end = position + 12 + bytes.readUInt32BE(position);
    if (end > bytes.length) break;
    if (isTextChunk(bytes.toString("latin1", position + 4, position + 8))) {
      kept.push(bytes.subarray(keptFrom, position));
      keptFrom = end;
    }
    position = end;
  }
  return kept.length === 0 ? bytes : Buffer.concat([...kept, bytes.subarray(keptFrom)]);
}

/**
 * The text chunks of a PNG (tEXt, zTXt and iTXt), in file order. Throws FileError for bytes that are no PNG or are cut off, and for compressed
 * texts that are damaged or have more than {@link LIMITS.picture.textBytes} together.
 */
export function readPngText(png: Uint8Array): PngText[] {
  checkSignature(png);
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const texts: PngText[] = [];
  let room = LIMITS.picture.textBytes;
  let position = SIGNATURE.length;
  while (position + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(position);
    const type = bytes.toString("latin1", position + 4, position + 8);
    const end = position + 8 + length;
    if (end + 4 > bytes.length) break;
    if (type === "IEND") return texts;
    const text = decodeTextChunk(type, bytes.subarray(position + 8, end), Math.max(1, room));
    if (text) {
      texts.push(text);
      room -= text.text.length;
    }
    position = end + 4;
  }
  throw new FileError("the PNG ends in the middle of a chunk", { hint: "the file is damaged" });
}

function checkSignature(png: Uint8Array): void {
  if (png.length < AFTER_HEADER || !SIGNATURE.equals(png.subarray(0, SIGNATURE.length))) {
    throw new FileError("expected a PNG, found other bytes");
  }
}

function encodeTextChunk({ keyword, text }: PngText): Buffer {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,77}[\x21-\x7e])?$/.test(keyword)) {
    throw new RangeError(`a PNG keyword is 1–79 printable ASCII characters, got ${JSON.stringify(keyword)}`);
  }
  // NUL ends a text in readers written in C, so it never goes in.
  const clean = text.replaceAll("\0", "");
  return isLatin1(clean)
    ? encodeChunk(
        "tEXt",
        Buffer.concat([Buffer.from(`${keyword}\0`, "latin1"), Buffer.from(clean, "latin1")]),
      )
    : // Keyword, NUL, not compressed (0), method 0, no language, no translated keyword.
      encodeChunk("iTXt", Buffer.from(`${keyword}\0\0\0\0\0${clean}`, "utf8"));
}

function isLatin1(text: string): boolean {
  return !/[^\n\r\t\x20-\x7e\xa0-\xff]/.test(text);
}

function encodeChunk(type: string, body: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + body.length);
  chunk.writeUInt32BE(body.length, 0);
  chunk.write(type, 4, "latin1");
  body.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + body.length)), 8 + body.length);
  return chunk;
}

function isTextChunk(type: string): boolean {
  return type === "tEXt" || type === "zTXt" || type === "iTXt";
}

/** @param room for the text, unpacked, in bytes */
function decodeTextChunk(type: string, body: Buffer, room: number): PngText | undefined {
  if (!isTextChunk(type)) return undefined;
  const keywordEnd = body.indexOf(0);
  if (keywordEnd < 1) return undefined;
  const keyword = body.toString("latin1", 0, keywordEnd);
  if (type === "tEXt") return { keyword, text: body.toString("latin1", keywordEnd + 1) };
  if (type === "zTXt") return inflated(keyword, body.subarray(keywordEnd + 2), "latin1", room);
  const languageEnd = body.indexOf(0, keywordEnd + 3);
  const translatedEnd = languageEnd < 0 ? -1 : body.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return undefined;
  const content = body.subarray(translatedEnd + 1);
  return body[keywordEnd + 1] === 1
    ? inflated(keyword, content, "utf8", room)
    : { keyword, text: content.toString("utf8") };
}

function inflated(keyword: string, deflated: Buffer, encoding: BufferEncoding, room: number): PngText {
  try {
    return {
      keyword,
      text: inflateSync(deflated, { maxOutputLength: room }).toString(encoding),
    };
  } catch (error) {
    throw new FileError(`the compressed PNG text ${excerpt(keyword)} is damaged or too large`, {
      cause: error,
    });
  }
}
