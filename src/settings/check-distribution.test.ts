import { expect, it } from "vitest";
import { mistakesIn } from "../../test/support/settings-mistakes.ts";

const ONLY = "keyframe_distribution: keyframes_only";

it.each([
  [`${ONLY}\ncadence: 3\nkeyframe_strength: 0.3`, "no mistake"],
  [`${ONLY}\nprompt_transition: 0s\nloop: 0`, "no mistake"],
  ["keyframe_distribution: additive\ncadence: 3\nprompt_transition: 5\nloop: 2s", "no mistake"],
  [
    "mode: interpolation\nkeyframe_distribution: additive",
    "a.yaml:3:24 keyframe_distribution: expected off with mode interpolation, found additive: every frame is drawn there\n    hint: leave keyframe_distribution out",
  ],
  [
    `${ONLY}\nreverse: true`,
    "a.yaml:2:24 keyframe_distribution: expected off with reverse, found keyframes_only: on the way back no prompt comes in at its key\n    hint: leave keyframe_distribution or reverse out",
  ],
  [
    "reverse: true\nkeyframe_strength: 0.2",
    "a.yaml:3:20 keyframe_strength: expected none with reverse, found one: on the way back no prompt comes in at its key\n    hint: leave keyframe_strength or reverse out",
  ],
  [
    "keyframe_distribution: redistributed\ncadence: 3\nlast_block: omit",
    "a.yaml:4:13 last_block: expected auto or write with keyframe_distribution redistributed, found omit\n    hint: leave last_block out: all frames are written",
  ],
  [
    `${ONLY}\nprompt_transition: 0.5s`,
    "a.yaml:3:20 prompt_transition: expected 0 with keyframe_distribution keyframes_only, found 0.5s: its frames are not drawn\n    hint: leave prompt_transition out, or use additive",
  ],
  [
    `${ONLY}\nloop: 12`,
    "a.yaml:3:7 loop: expected 0 with keyframe_distribution keyframes_only, found 12: its frames are not drawn\n    hint: leave loop out, or use additive",
  ],
  [
    "keyframe_strength: 1.5",
    "a.yaml:2:20 keyframe_strength: expected values from 0 to 1 (share), found 1.5 at frame 0\n    hint: animate plan prints the value of every frame",
  ],
])("%j: %s", (text, message) => expect(mistakesIn(`prompts: { 0: a, 9: b }\n${text}`)).toBe(message));
