/** A mistake that knows its settings path; the loader adds the place in the file. */

export interface Problem {
  /** Keys from the root: `["motion", "zoom", "30"]`. */
  readonly path: readonly string[];
  /** Which of the two is marked. */
  readonly part: "key" | "value";
  /** Character within the text of the value. */
  readonly characterOfText?: number;
  readonly message: string;
  readonly hint?: string;
}
