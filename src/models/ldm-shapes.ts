/** Names and shapes of the tensors of one network in a single-file checkpoint, bounded so that no file can ask for a graph without end. */

import { ModelError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { SafetensorsFile } from "./safetensors.ts";

/** The tensors of one network: which there are, and their sizes. */
export class Shapes {
  readonly prefix: string;
  private readonly file: SafetensorsFile;

  constructor(file: SafetensorsFile, prefix: string) {
    this.file = file;
    this.prefix = prefix;
  }

  has(name: string): boolean {
    return this.file.tensors.has(this.prefix + name);
  }

  /** Number of names in a row that are there, from 0 on. */
  count(nameOf: (index: number) => string, limit = LIMITS.model.layers): number {
    let count = 0;
    while (this.has(nameOf(count))) {
      if (count++ === limit) this.fail(`more than ${limit} layers such as \`${this.prefix}${nameOf(0)}\``);
    }
    return count;
  }

  /** Size of one axis of a tensor. */
  size(name: string, axis: number, limit = LIMITS.model.width): number {
    const stored = this.file.tensors.get(this.prefix + name);
    if (stored === undefined) this.fail(`the weight \`${this.prefix}${name}\` is missing`);
    const size = stored.dims[axis] ?? 0;
    if (size < 1 || size > limit) {
      this.fail(`the weight \`${this.prefix}${name}\` has the odd shape [${stored.dims.join(", ")}]`);
    }
    return size;
  }

  /** Number of axes of a tensor; 0 when it is not there. */
  rank(name: string): number {
    return this.file.tensors.get(this.prefix + name)?.dims.length ?? 0;
  }

  requireMultiple(width: number, divisor: number, what: string): void {
    if (width % divisor !== 0) {
      this.fail(`a width of ${width} in \`${this.prefix}*\` does not divide into ${divisor} ${what}`);
    }
  }

  fail(problem: string): never {
    throw new ModelError(problem, {
      where: this.file.path,
      hint: "The checkpoint is incomplete or of no Stable Diffusion family; download it again and compare its sha256.",
    });
  }
}
