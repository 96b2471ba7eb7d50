/** The last lines that a program said, for the error that explains its death. */

const KEPT_LINES = 12;

/** Collects lines and keeps the last twelve that say something; ffmpeg's progress lines do not. */
export class LastLines {
  readonly #lines: string[] = [];

  add(line: string): void {
    const trimmed = line.trimEnd();
    if (trimmed === "" || /^(frame|size)=/.test(trimmed)) return;
    this.#lines.push(trimmed);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  get text(): string {
    return this.#lines.join("\n");
  }
}
