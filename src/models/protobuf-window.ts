/** Reads protobuf here and there in a file: the skeleton of a graph lies around gigabytes of weights that nobody needs to see. */

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { LIMITS } from "../limits.ts";

const WINDOW_BYTES = 65_536;

/** How the value of a field is stored, in protobuf's numbers. */
export const WIRE = { varint: 0, eightBytes: 1, bytes: 2, fourBytes: 5 };

/** A file with a place to read on from. Reads synchronously: a promise for each byte would cost more than the bytes. */
export class ProtobufWindow {
  readonly size: number;
  /** Place of the next byte. */
  at = 0;
  readonly #descriptor: number;
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  /** @throws Error of the file system; RangeError when it is no file but a device or folder */
  constructor(file: string) {
    const status = statSync(file);
    if (!status.isFile()) throw new RangeError("expected a file");
    this.size = status.size;
    this.#descriptor = openSync(file, "r");
  }

  /**
   * The number that begins here; beyond 2⁵³ without its last bits.
   *
   * @throws RangeError when there is none, or the file ends
   */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number of more than 10 bytes");
  }

  /**
   * All bytes up to a place.
   *
   * @throws RangeError when they are many, or the file ends
   */
  bytesUpTo(end: number): Uint8Array {
    if (end - this.at > LIMITS.onnx.textBytes) throw new RangeError("a text of more than 64 KiB");
    return Uint8Array.from({ length: end - this.at }, () => this.#byte());
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #byte(): number {
    if (this.at < this.#start || this.at >= this.#start + this.#length) {
      this.#start = this.at;
      this.#length = readSync(this.#descriptor, this.#window, 0, WINDOW_BYTES, this.at);
      if (this.#length === 0) throw new RangeError("the file ends in the middle of a field");
    }
    return this.#window[this.at++ - this.#start]!;
  }
}
