/** Models worth starting with: where they are, how big, under which license. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { EMBEDDED_ROOT, LIBRARY_KINDS } from "../models/library-places.ts";

const schema = z.array(
  z.strictObject({
    /** What users type, and the name in the library. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    kind: z.enum(LIBRARY_KINDS),
    /** Family of models that it is, or belongs to. */
    family: z.string(),
    description: z.string(),
    repo: z.string().regex(/^[\w-][\w.-]*\/[\w-][\w.-]*$/),
    /** The one file to take; without it, the whole folder in the diffusers layout. */
    file: z
      .string()
      .regex(/\.(safetensors|onnx)$/)
      .optional(),
    revision: z.string().default("main"),
    /** About; what the server announces counts. */
    bytes: z.number().int().positive(),
    /** Of the file. Whatever a server or mirror says, no other content is accepted. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    license: z.strictObject({ name: z.string(), url: z.url() }),
    /** Whether the owner gives it only to people who logged in and accepted terms on its page. */
    gated: z.boolean().default(false),
  }),
);

export type CatalogueEntry = z.output<typeof schema>[number];

/** Reads `presets/catalogue.yaml`. */
export async function readCatalogue(): Promise<readonly CatalogueEntry[]> {
  return schema.parse(parse(await readFile(join(EMBEDDED_ROOT, "catalogue.yaml"), "utf8")));
}
