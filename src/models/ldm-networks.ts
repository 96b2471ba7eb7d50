/** Finds the networks of Stable Diffusion in the table of a single-file checkpoint. */

import { ModelError } from "../errors.ts";
import { inferUnetConfig, inferVaeConfig } from "./ldm-configs.ts";
import {
  LDM_TEXT_ENCODER,
  LDM_UNET,
  LDM_VAE,
  ldmTextNames,
  ldmUnetNames,
  ldmVaeNames,
  REFINER_TEXT_ENCODER,
  SD2_TEXT_ENCODER,
  SDXL_SECOND_TEXT_ENCODER,
  SDXL_TEXT_ENCODER,
} from "./ldm-names.ts";
import { inferClipConfig, inferOpenClipConfig } from "./ldm-text-configs.ts";
import type { Networks, TextEncoderFiles } from "./model-files.ts";
import type { Family } from "./model.ts";
import { openClipNames, splitOpenClip } from "./open-clip-names.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import {
  FIRST_OF_TWO,
  SOLE_ENCODER,
  type TextEncoderRole,
  WITH_PROJECTION,
  WITHOUT_TEXT_MODEL,
} from "./text-encoder.ts";
import { weightsIn } from "./weights.ts";

const INCOMPLETE =
  "The checkpoint is incomplete or was changed by another program; download it again and compare its sha256.";

/**
 * The networks of a checkpoint: what they are like, and where their weights lie.
 *
 * @param file as it was named
 * @param stored its table of tensors
 * @param givenVae one that stands in for the checkpoint's own
 * @throws ModelError when a tensor that tells a width is missing, or the widths make no sense
 */
export function findNetworks(
  file: string,
  stored: SafetensorsFile,
  family: Family,
  givenVae?: Networks["vae"],
): Networks {
  const textEncoders = findTextEncoders(file, stored, family);
  const pooledWidth = textEncoders.at(-1)!.config.pooledWidth;
  const unet = inferUnetConfig(stored, family, pooledWidth);
  const textWidth = textEncoders.reduce((sum, { config }) => sum + config.width, 0);
  if (unet.textWidth !== textWidth) {
    const message = `the UNet attends to text of width ${unet.textWidth}, but the text encoder gives ${textWidth}`;
    throw new ModelError(message, { where: file, hint: INCOMPLETE });
  }
  return {
    textEncoders,
    unet: {
      config: unet,
      weights: weightsIn(file, stored, {
        spellings: [ldmUnetNames(unet)],
        includes: (name) => name.startsWith(LDM_UNET),
        hint: INCOMPLETE,
      }),
    },
    vae: givenVae ? { config: givenVae.config, weights: givenVae.weights } : findVae(file, stored, family),
  };
}

function findVae(file: string, stored: SafetensorsFile, family: Family): Networks["vae"] {
  const config = inferVaeConfig(stored, family);
  const weights = weightsIn(file, stored, {
    spellings: [ldmVaeNames(config)],
    includes: (name) => name.startsWith(LDM_VAE),
    hint: INCOMPLETE,
  });
  return { config, weights };
}

/** A text encoder's place in a file, and what the family makes of it. */
interface TextEncoderPlace {
  readonly kind: "CLIP" | "OpenCLIP";
  readonly prefix: string;
  readonly role: TextEncoderRole;
}

const TEXT_ENCODERS: Readonly<Record<Family, readonly [TextEncoderPlace, ...TextEncoderPlace[]]>> = {
  sd1: [{ kind: "CLIP", prefix: LDM_TEXT_ENCODER, role: SOLE_ENCODER }],
  sd2: [{ kind: "OpenCLIP", prefix: SD2_TEXT_ENCODER, role: SOLE_ENCODER }],
  sdxl: [
    { kind: "CLIP", prefix: SDXL_TEXT_ENCODER, role: FIRST_OF_TWO },
    { kind: "OpenCLIP", prefix: SDXL_SECOND_TEXT_ENCODER, role: WITH_PROJECTION },
  ],
  "sdxl-refiner": [{ kind: "OpenCLIP", prefix: REFINER_TEXT_ENCODER, role: WITH_PROJECTION }],
};

function findTextEncoders(file: string, stored: SafetensorsFile, family: Family): Networks["textEncoders"] {
  const [first, ...others] = TEXT_ENCODERS[family];
  return [find(first), ...others.map(find)];

  function find({ kind, prefix, role }: TextEncoderPlace): TextEncoderFiles {
    const clipNames = ldmTextNames(prefix);
    const isClip = kind === "CLIP";
    const config = (isClip ? inferClipConfig : inferOpenClipConfig)(stored, prefix, role);
    return {
      config,
      weights: weightsIn(file, isClip ? stored : splitOpenClip(stored, prefix), {
        spellings: isClip
          ? [clipNames, (name) => clipNames(WITHOUT_TEXT_MODEL(name))]
          : [openClipNames(prefix)],
        // A table of 0 … 76, which some programs round to floats.
        includes: (name) => name.startsWith(prefix) && !name.endsWith(".position_ids"),
        hint: INCOMPLETE,
      }),
      // CLIP was trained with its end token, the last of the vocabulary, as padding; OpenCLIP with 0.
      padToken: isClip ? config.endToken : 0,
    };
  }
}
