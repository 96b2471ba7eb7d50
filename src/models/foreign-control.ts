/** Networks that guide a picture but are no ControlNets: refused by their names, with the way out. */

import { ModelError } from "../errors.ts";

interface ForeignKind {
  readonly name: string;
  readonly hint: string;
}

const SAME_SUBJECT =
  "Take the ControlNet for the same subject (canny, depth, openpose …), in the diffusers layout or as a .safetensors file.";

const UNION: ForeignKind = {
  name: "a union ControlNet, which takes pictures of several kinds and a number that tells the kind",
  hint: `Such networks are not run here. ${SAME_SUBJECT}`,
};

/** By names of tensors. */
const KINDS: readonly (readonly [pattern: RegExp, kind: ForeignKind])[] = [
  [
    /^lora_controlnet$/,
    {
      name: "a Control-LoRA, which stores a ControlNet as the difference to one UNet",
      hint: `Such files are not run here. ${SAME_SUBJECT}`,
    },
  ],
  [/^(task_embedding$|control_add_embedding\.|transformer_layes\.)/, UNION],
  [/^lllite_/, { name: "a ControlNet-LLLite", hint: `Such files are not run here. ${SAME_SUBJECT}` }],
  [
    /^(adapter\.)?(body\.\d+\.)(in_conv|block\d|resnets|down_opt)/,
    { name: "a T2I-Adapter", hint: SAME_SUBJECT },
  ],
  [
    /^(image_proj|ip_adapter)\./,
    { name: "an IP-Adapter, which is shown what to draw instead of where", hint: SAME_SUBJECT },
  ],
  [
    /^(controlnet_blocks|double_blocks|transformer_blocks|joint_blocks|pos_embed_input)\b/,
    {
      name: "a ControlNet for a transformer such as Flux or Stable Diffusion 3",
      hint: "Take a ControlNet for the family of the model: Stable Diffusion 1.x, 2.x or SDXL.",
    },
  ],
];

/** By `_class_name` of a config.json. */
const CLASSES: ReadonlyMap<string, ForeignKind> = new Map([["ControlNetUnionModel", UNION]]);

/** @throws ModelError when the names are those of another kind of network */
export function refuseForeignControl(file: string, tensorNames: Iterable<string>): void {
  for (const name of tensorNames) {
    const found = KINDS.find(([pattern]) => pattern.test(name));
    if (found) throw foreign(file, found[1]);
  }
}

/** @throws ModelError when the class is not that of a ControlNet; a config without one is taken at its word */
export function refuseForeignClass(file: string, className: unknown): void {
  if (className === undefined || className === "ControlNetModel") return;
  const name = typeof className === "string" ? className.slice(0, 100) : "another network";
  throw foreign(file, CLASSES.get(name) ?? { name: `\`${name}\`, no ControlNetModel`, hint: SAME_SUBJECT });
}

function foreign(where: string, { name, hint }: ForeignKind): ModelError {
  return new ModelError(`this is ${name}`, { where, hint });
}
