/** Moves the weights of an ONNX file into files beside it, as exporters do with large ones. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
} from "../../src/models/onnx_pb.ts";

/** @param locationOf where each weight goes, relative to the file's folder; its first one begins at byte 0 */
export async function moveWeightsOut(
  file: string,
  locationOf: (name: string, index: number) => string,
): Promise<void> {
  const model = fromBinary(ModelProtoSchema, await readFile(file));
  const parts = new Map<string, Buffer>();
  for (const [i, weight] of model.graph!.initializer.entries()) {
    const location = locationOf(weight.name, i);
    const before = parts.get(location) ?? Buffer.alloc(0);
    const entries = { location, offset: before.length, length: weight.rawData.length };
    parts.set(location, Buffer.concat([before, weight.rawData]));
    weight.rawData = new Uint8Array();
    weight.dataLocation = TensorProto_DataLocation.EXTERNAL;
    weight.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) }),
    );
  }
  for (const [location, bytes] of parts) {
    const path = join(dirname(file), location);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  await writeFile(file, toBinary(ModelProtoSchema, model));
}
