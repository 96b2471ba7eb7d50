/** Fields that choose how optical flow is found. */

import { choice, type Field } from "./field.ts";

/** Deforum's ways that need no network. */
const METHODS = { "DIS Medium": "dis_medium", "DIS Fine": "dis_fine", Farneback: "farneback" };
/** What takes RAFT's place: a file does not say where the network is. */
const INSTEAD = "dis_fine";

/**
 * RAFT is a network that everyone brings along: its place is taken until it has a path, and a network goes back as RAFT.
 *
 * @param defaultValue Deforum's; `None` where flow is an extra
 */
export function flowChoice(name: string, defaultValue: "None" | "RAFT", path: string): Field {
  const words = defaultValue === "None" ? { None: "none", ...METHODS } : METHODS;
  const plain = choice(name, defaultValue, path, words, {
    instead: INSTEAD,
    reason: "there is no such flow here; DIS Fine takes its place",
    isNear: true,
  });
  return {
    ...plain,
    carry(draft) {
      if (draft.text(name, defaultValue).trim().toLowerCase() !== "raft") return plain.carry(draft);
      draft.changed(name, `DIS Fine takes its place until ${path} has the path of RAFT as an .onnx file`);
      draft.set(path, INSTEAD, name);
    },
    toDeforum: (source) =>
      String(source.value(path)).endsWith(".onnx") ? "RAFT" : plain.toDeforum?.(source),
  };
}
