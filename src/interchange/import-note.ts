/** What an import has to say about a field. */

export interface ImportNote {
  /**
   * - `lost`: the animation will differ, because the field has no counterpart here
   * - `changed`: carried over, but not as it stood
   * - `default`: not in the file, taken as Deforum has it where we have another default
   * - `idle`: not carried over, and nothing is missing: switched off, for the interface only, or without effect in Deforum too
   * - `unset`: the same, and at Deforum's default: nobody asked for anything
   */
  readonly kind: "lost" | "changed" | "default" | "idle" | "unset";
  /** The field as the file calls it. */
  readonly field: string;
  /** `settings.txt:12:5`; the file alone for what is not in it. */
  readonly location: string;
  /** Why, as the end of a sentence that begins with the field. */
  readonly reason: string;
}
