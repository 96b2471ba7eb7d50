/** Weights in safetensors files: checkpoints, LoRAs, embeddings. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describeAddon } from "../../src/models/describe-addon.ts";
import { readModel } from "../../src/models/read-model.ts";
import { recognizeKind } from "../../src/models/recognize-kind.ts";
import { readFloats, readIntegers, readSafetensors } from "../../src/models/safetensors.ts";
import { decodeSafetensors, encodeSafetensors } from "../support/safetensors-file.ts";
import { readWeightTable } from "../support/weight-tables.ts";
import { editedBytes, editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { fuzzFolder, names } from "./fuzz-file.ts";
import { ANY_TEXT } from "./splinters.ts";

const file = join(fuzzFolder(), "weights.safetensors");

const small = encodeSafetensors(
  {
    __metadata__: { format: "pt", ss_tag_frequency: '{"a": {"cape": 3}}' },
    "a.weight": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
    "b.bias": { dtype: "F16", shape: [4], data_offsets: [24, 32] },
    ids: { dtype: "I64", shape: [1], data_offsets: [32, 40] },
  },
  new Uint8Array(40),
);
const embedding = encodeSafetensors(
  { emb_params: { dtype: "F32", shape: [1, 8], data_offsets: [0, 32] } },
  new Uint8Array(32),
);
/** A LoRA of two branches. */
const lora = (() => {
  const parts = { "lora_down.weight": [2, 4], "lora_up.weight": [4, 2], alpha: [] } as const;
  const header: Record<string, object> = {};
  let offset = 0;
  for (const module of [
    "lora_unet_mid_block_attentions_0_proj_in",
    "lora_te_text_model_encoder_layers_0_mlp_fc1",
  ])
    for (const [part, shape] of Object.entries(parts)) {
      const bytes = 2 * shape.reduce((product: number, side) => product * side, 1);
      header[`${module}.${part}`] = { dtype: "F16", shape, data_offsets: [offset, (offset += bytes)] };
    }
  return encodeSafetensors(header, Buffer.alloc(offset, 0x3c));
})();

const HEADER_PIECES = [
  ...ANY_TEXT,
  '"F32"',
  '"BF16"',
  '"F8_E4M3"',
  '"shape":[',
  '"data_offsets":[0,0]',
  "[0,9007199254740991]",
  "4294967296,4294967296",
  '"__metadata__":{"a":"b"},',
  '{"a":',
  '"lora_down.weight"',
  ".hada_w1_a",
  ".lora_A.default.weight",
  "dora_scale",
];

function dataOf(bytes: Buffer): Buffer {
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
}

/** A sound header after edits of its text, before its data, with its right length. */
const headers = fc
  .tuple(
    editedText(
      [small, lora, embedding].map((bytes) => bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE()))),
      HEADER_PIECES,
    ),
    fc.nat(2),
  )
  .map(([text, sample]) => encodeSafetensors(text, dataOf([small, lora, embedding][sample]!)));

fuzz({
  name: "safetensors",
  title: "mutated safetensors files",
  cases: 5000,
  inputs: fc.oneof(editedBytes([small, lora, embedding]), headers),
  read: async (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    const stored = await readSafetensors(file);
    for (const { name, type } of stored.tensors.values()) {
      await (type.startsWith("I") || type.startsWith("U") ? readIntegers : readFloats)(stored, name);
    }
    await recognizeKind(file);
    await describeAddon(file);
  },
  isLocated: names(file),
});

const checkpoint = decodeSafetensors(
  readFileSync("test/fixtures/tiny-sd15-singlefile/tiny-fp16.safetensors"),
).header;
const HOLLOW = { dtype: "F16", shape: [32, 4, 0], data_offsets: [0, 0] };
const modelNames = [...Object.keys(checkpoint), ...readWeightTable("sd15").map(({ ldmName }) => ldmName)];
const entry = fc.record({
  dtype: fc.constantFrom("F16", "F32", "I64"),
  shape: fc
    .array(fc.constantFrom(0, 1, 4, 32, 320, 768, 65_536, 9_000_000), { maxLength: 5 })
    .map((shape) => [...shape, 0]),
  data_offsets: fc.constant([0, 0]),
});

fuzz({
  name: "checkpoints",
  title: "checkpoints without data whose tensors have random names and shapes",
  cases: 500,
  inputs: fc
    .tuple(
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(modelNames.length - 1), fc.option(entry)), { maxLength: 8 }),
      fc.array(fc.tuple(fc.constantFrom(...modelNames, "x", "model.diffusion_model."), fc.nat(99), entry), {
        maxLength: 4,
      }),
    )
    .map(([isTiny, changed, added]) => {
      const header: Record<string, object> = Object.fromEntries(
        (isTiny ? Object.keys(checkpoint) : modelNames).map((name) => [
          name,
          isTiny
            ? { ...checkpoint[name], shape: [...checkpoint[name]!.shape, 0], data_offsets: [0, 0] }
            : HOLLOW,
        ]),
      );
      for (const [index, made] of changed) {
        if (made === null) delete header[modelNames[index]!];
        else header[modelNames[index]!] = made;
      }
      for (const [name, number, made] of added) header[name.replace(/\d+/, String(number))] = made;
      return encodeSafetensors(header);
    }),
  least: { read: 0, refused: 5000 },
  read: async (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    await readModel(file);
  },
  isLocated: names(file),
});
