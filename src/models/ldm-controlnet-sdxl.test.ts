/** ControlNets of SDXL in one file, with the names of diffusers and with those of the first release: the same network either way. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { readWeightTable, tabledCheckpoint, type TableRow } from "../../test/support/weight-tables.ts";
import { normalNoise } from "../tensor/random.ts";
import { elementCount, tensor, type Tensor } from "../tensor/tensor.ts";
import { type ControlNetConfig, readControlNetConfig } from "./controlnet-config.ts";
import { buildControlHint, buildControlNet } from "./controlnet.ts";
import { inferDiffusersControlNet } from "./infer-controlnet.ts";
import { inferControlNetConfig, ldmControlNames } from "./ldm-controlnet.ts";
import type { Residuals } from "./model.ts";
import { openControlNetFiles } from "./open-controlnet.ts";
import { readControlNet } from "./read-controlnet.ts";
import { writeSafetensors } from "./safetensors-writer.ts";
import type { Weights } from "./weights.ts";

/** Names in checkpoints of SDXL by diffusers' names of the UNet, from the table of the released model. */
const UNET_NAMES: ReadonlyMap<string, string> = new Map(
  readWeightTable("sdxl").flatMap(({ part, name, ldmName }) =>
    part === "unet" ? [[name, ldmName.replace("model.diffusion_model.", "")] as const] : [],
  ),
);
/** What a ControlNet has besides, in order, as the first release numbers its layers: activations count, too. */
const HINT_LAYERS = ["conv_in", ...[0, 1, 2, 3, 4, 5].map((i) => `blocks.${i}`), "conv_out"];

/** The name that a weight has in files of the first release, without their prefix. */
function originalName(name: string): string {
  const end = name.slice(name.lastIndexOf("."));
  const path = name.slice(0, -end.length);
  const [, zero] = /^controlnet_down_blocks\.(\d+)$/.exec(path) ?? [];
  if (zero !== undefined) return `zero_convs.${zero}.0${end}`;
  if (path === "controlnet_mid_block") return `middle_block_out.0${end}`;
  const hint = HINT_LAYERS.indexOf(path.replace("controlnet_cond_embedding.", ""));
  if (path.startsWith("controlnet_cond_embedding.")) return `input_hint_block.${2 * hint}${end}`;
  return UNET_NAMES.get(name)!;
}

/** SDXL's own levels and layers, narrower and less deep. */
const SMALL = {
  _class_name: "ControlNetModel",
  addition_embed_type: "text_time",
  addition_time_embed_dim: 256,
  attention_head_dim: [1, 1, 2],
  block_out_channels: [32, 64, 128],
  cross_attention_dim: 48,
  down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  projection_class_embeddings_input_dim: 6 * 256 + 24,
  transformer_layers_per_block: [1, 1, 2],
  use_linear_projection: true,
};
const POOLED_WIDTH = 24;
const SHAPE = { batch: 1, height: 8, width: 12, tokens: 77 };

/** Random weights of a network by diffusers' names, in the order in which its graphs ask for them. */
function randomWeights(config: ControlNetConfig): ReadonlyMap<string, Tensor> {
  const found = new Map<string, Tensor>();
  const recorder: Weights = {
    file: "/random.safetensors",
    path: "/random.safetensors",
    files: [],
    parameters: 0,
    bytes: 0,
    types: ["F32"],
    take(name, dims) {
      const values = normalNoise(found.size, "weights", elementCount(dims));
      found.set(
        name,
        tensor(
          [...dims],
          values.map((value) => value / 8),
        ),
      );
      return {
        name,
        type: "F32",
        dims,
        path: "/random.safetensors",
        offset: 0,
        byteLength: 4 * values.length,
      };
    },
  };
  buildControlHint(config, recorder, { height: 64, width: 96 });
  buildControlNet(config, recorder, SHAPE);
  return found;
}

function noise(seed: number, dims: number[]): Tensor {
  return tensor(dims, normalNoise(seed, "input", elementCount(dims)));
}

async function residualsOf(file: string): Promise<Residuals> {
  const files = await readControlNet(file);
  const network = await openControlNetFiles(files, { device: "cpu" });
  const hint = await network.readPicture(noise(1, [1, 3, 64, 96]));
  const text = { ...noise(2, [1, 77, 48]), pooled: noise(3, [1, POOLED_WIDTH]) };
  const residuals = await network.predict(noise(4, [1, 4, 8, 12]), 501, text, hint, 1);
  await network.release();
  return residuals;
}

describe("a ControlNet of SDXL in one file", () => {
  it("gives the same residuals, bit for bit, with the names of diffusers and of the first release", async () => {
    const folder = await temporaryFolder();
    const configFile = join(folder, "small.json");
    await writeFile(configFile, JSON.stringify(SMALL));
    const weights = randomWeights(await readControlNetConfig(configFile));
    const write = async (name: string, rename: (name: string) => string) => {
      const file = join(folder, name);
      await writeSafetensors(file, new Map([...weights].map(([key, value]) => [rename(key), value])));
      return file;
    };
    const expected = await residualsOf(await write("diffusers.safetensors", (name) => name));
    expect(expected).toHaveLength(10);
    for (const { data } of expected) expect(Math.max(...data)).toBeGreaterThan(0.1);
    for (const prefix of ["control_model.", ""]) {
      const file = await write("original.safetensors", (name) => prefix + originalName(name));
      expect(await residualsOf(file), `with \`${prefix}\``).toEqual(expected);
    }
  });

  it("is told from the tensors of the released size alike, and every weight is found", () => {
    const rows = readWeightTable("sdxl-controlnet");
    const expected = inferDiffusersControlNet(tabledCheckpoint(rows));
    for (const prefix of ["control_model.", ""]) {
      const renamed = rows.map((row): TableRow => ({ ...row, ldmName: prefix + originalName(row.name) }));
      const config = inferControlNetConfig(tabledCheckpoint(renamed), prefix);
      expect(config).toEqual(expected);
      expect(rows.map(({ name }) => ldmControlNames(config, prefix)(name))).toEqual(
        renamed.map(({ ldmName }) => ldmName),
      );
    }
  });
});
