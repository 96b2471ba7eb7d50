/** The small files of a model folder: configs, vocabularies, indexes of shards. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { readAutoencoderConfig } from "../../src/models/read-vae.ts";
import { readControlNetConfig } from "../../src/models/controlnet-config.ts";
import { readModelFolder } from "../../src/models/model-folder.ts";
import { readNoiseSchedule } from "../../src/models/noise-schedule.ts";
import { readShards } from "../../src/models/shards.ts";
import { readTextEncoderConfig } from "../../src/models/text-encoder.ts";
import { openTokenizer } from "../../src/models/tokenizer.ts";
import { readUnetConfig } from "../../src/models/unet-config.ts";
import { encodeSafetensors } from "../support/safetensors-file.ts";
import { editedText } from "./edits.ts";
import { fuzz } from "./fuzz.ts";
import { fuzzFolder, names } from "./fuzz-file.ts";
import { ANY_TEXT, JSON_TEXT } from "./splinters.ts";

const folder = fuzzFolder();
const MODEL = "test/fixtures/tiny-sd15/";
const pieces = [
  ...ANY_TEXT,
  ...JSON_TEXT,
  "[]",
  "[[null]]",
  '"_class_name": 5,',
  '"in_channels": 4,',
  '"attention_head_dim": 0,',
  '"num_train_timesteps": 99999999,',
];

interface Kind {
  readonly sample: string;
  readonly file: string;
  readonly read: (file: string) => Promise<unknown>;
}

writeFileSync(
  join(folder, "a.safetensors"),
  encodeSafetensors({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, new Uint8Array(4)),
);
const vocabulary = JSON.stringify({
  "<|startoftext|>": 0,
  "<|endoftext|>": 1,
  a: 2,
  "a</w>": 3,
  b: 4,
  ab: 5,
});
const MERGES = "#version: 0.2\na b\n";

async function tokenize(): Promise<void> {
  const { tokenizer } = await openTokenizer(folder, 6);
  tokenizer.encode("ab a <|endoftext|> \u0301");
}

const kinds: readonly Kind[] = [
  { sample: fixture("unet/config.json"), file: "config.json", read: (file) => readUnetConfig(file, null) },
  { sample: fixture("vae/config.json"), file: "config.json", read: readAutoencoderConfig },
  {
    sample: fixture("text_encoder/config.json"),
    file: "config.json",
    read: (file) => readTextEncoderConfig(file, undefined),
  },
  {
    sample: fixture("scheduler/scheduler_config.json"),
    file: "scheduler_config.json",
    read: readNoiseSchedule,
  },
  { sample: fixture("model_index.json"), file: "model_index.json", read: () => readModelFolder(folder) },
  {
    sample: readFileSync("test/fixtures/tiny-controlnet/config.json", "utf8"),
    file: "config.json",
    read: readControlNetConfig,
  },
  {
    sample: '{"metadata": {"total_size": 4}, "weight_map": {"x": "a.safetensors"}}',
    file: "i.json",
    read: readShards,
  },
  {
    sample: vocabulary,
    file: "vocab.json",
    read: async () => {
      writeFileSync(join(folder, "merges.txt"), MERGES);
      writeFileSync(join(folder, "tokenizer_config.json"), "{}");
      await tokenize();
    },
  },
  {
    sample: MERGES,
    file: "merges.txt",
    read: async () => {
      writeFileSync(join(folder, "vocab.json"), vocabulary);
      writeFileSync(join(folder, "tokenizer_config.json"), "{}");
      await tokenize();
    },
  },
  {
    sample: '{"bos_token": "<|startoftext|>", "eos_token": {"content": "<|endoftext|>"}, "pad_token": "a"}',
    file: "tokenizer_config.json",
    read: async () => {
      writeFileSync(join(folder, "vocab.json"), vocabulary);
      writeFileSync(join(folder, "merges.txt"), MERGES);
      await tokenize();
    },
  },
];

function fixture(path: string): string {
  return readFileSync(MODEL + path, "utf8");
}

const SAMPLES = kinds.map(({ sample }) => sample);

fuzz({
  name: "model-files",
  title: "configs, vocabularies and indexes with random mistakes",
  cases: 3000,
  inputs: fc
    .nat(kinds.length - 1)
    .chain((kind) => fc.tuple(fc.constant(kind), editedText([SAMPLES[kind]!, ...SAMPLES], pieces)))
    .map(([kind, text]) => JSON.stringify([kind, text])),
  read: async (input) => {
    const [kind, text] = JSON.parse(input) as [number, string];
    const { file, read } = kinds[kind]!;
    const path = join(folder, file);
    writeFileSync(path, text);
    await read(path);
  },
  isLocated: names(folder),
});
