/** A Parseq manifest in a file of its own → our settings. It says how things move, and nothing of model, size or sampler. */

import { Draft, type IsInLibrary } from "./draft.ts";
import { deforumFile } from "./deforum-file.ts";
import { finishImport, type Imported } from "./imported.ts";
import type { JsonSource } from "./import-deforum.ts";
import type { JsonObject } from "./json-node.ts";
import { carryManifest } from "./parseq.ts";

/** What moves in 3D only. */
const OF_3D = [
  "motion.translation_z",
  "motion.rotation_3d_x",
  "motion.rotation_3d_y",
  "motion.rotation_3d_z",
];

/** Carries a manifest over; what it does not say stays at our defaults. Never fails: what cannot be carried is in the notes. */
export function importParseq(source: JsonSource, root: JsonObject, isInLibrary: IsInLibrary): Imported {
  const draft = new Draft(deforumFile(root), isInLibrary);
  const field = "rendered_frames";
  carryManifest(draft, root, field);
  const moves = (path: string): boolean =>
    typeof draft.values.get(path) === "string" || draft.values.get(path) !== 0;
  const is3d = OF_3D.some((path) => draft.values.has(path) && moves(path));
  draft.values.set("mode", is3d ? "3d" : "2d");
  if (!draft.values.has("prompts")) {
    draft.values.set("prompts", { 0: "" });
    draft.note("lost", field, "has no prompts: the pictures show whatever the model likes");
  }
  draft.note(
    "default",
    field,
    `${is3d ? "moves in 3D" : "moves in 2D"}; size, model, sampler and all else stand at animate's defaults`,
  );
  return finishImport(draft, source.file, source.text);
}
