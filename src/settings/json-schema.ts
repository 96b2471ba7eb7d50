/** The settings as JSON Schema, so that editors complete and check schedule files. */

import { z } from "zod";

import { LIMITS } from "../limits.ts";
import { EASINGS } from "../schedule/easing.ts";
import { isScheduled, settingFacts, type SettingFact } from "./fields.ts";
import { settingsSchema } from "./schema.ts";

/** JSON Schema (draft 7, which every YAML editor knows) of a schedule file. */
export function settingsJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(settingsSchema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const fact = settingFacts.get(zodSchema);
      // A list keeps what zod says of its items.
      if (fact?.kind === "list") jsonSchema.description = fact.description;
      else if (fact !== undefined) replace(jsonSchema, describeFact(fact));
    },
  });
  return {
    $schema,
    title: "Schedule of an animation",
    description: "Settings of one animation; see docs/reference/settings.md.",
    ...schema,
    definitions: { scheduleValue: scheduleValueSchema() },
  };
}

function replace(target: object, source: object): void {
  for (const key of Object.keys(target)) Reflect.deleteProperty(target, key);
  Object.assign(target, source);
}

function describeFact(fact: SettingFact): object {
  return {
    description: describeForEditor(fact),
    ...(fact.defaultValue !== undefined && { default: fact.defaultValue }),
    ...(fact.kind !== "list" && valueSchemas[fact.kind](fact)),
  };
}

/** Editors show this text beside the key: meaning first, then unit and range. */
function describeForEditor({ description, unit, range, kind }: SettingFact): string {
  const limits = range === undefined ? [] : [`${range[0]} to ${range[1]}`];
  const details = [...(unit === undefined ? [] : [unit]), ...limits].join(", ");
  const scheduled = isScheduled({ kind }) ? " Can change over time." : "";
  return details === "" ? description + scheduled : `${description} [${details}]${scheduled}`;
}

const valueSchemas: Readonly<Record<Exclude<SettingFact["kind"], "list">, (fact: SettingFact) => object>> = {
  number: ({ whole, defaultValue, range }) => {
    const type = whole === true ? "integer" : "number";
    return {
      type: defaultValue === null ? [type, "null"] : type,
      ...(range !== undefined && { minimum: range[0], maximum: range[1] }),
    };
  },
  text: ({ defaultValue }) => ({ type: defaultValue === null ? ["string", "null"] : "string" }),
  choice: ({ choices = [], spellings = [] }) => ({ enum: [...choices, ...spellings] }),
  "scheduled choice": ({ choices = [], spellings = [] }) => {
    const names = { enum: [...choices, ...spellings.filter((spelling) => !choices.includes(spelling))] };
    return {
      anyOf: [names, { type: "string", pattern: "^\\s*[\"'(]*\\s*(\\d|max_f)" }, frameMapping(names)],
    };
  },
  "scheduled text": ({ defaultValue }) => ({
    anyOf: [
      { type: "string" },
      frameMapping({ type: "string" }),
      ...(defaultValue === null ? [{ type: "null" }] : []),
    ],
  }),
  switch: () => ({ type: "boolean" }),
  // Beside a bare $ref draft 7 ignores everything, the description too.
  schedule: ({ defaultValue }) => {
    const value = { $ref: "#/definitions/scheduleValue" };
    return defaultValue === null ? { anyOf: [value, { type: "null" }] } : { allOf: [value] };
  },
  prompts: () => ({ anyOf: [{ type: "string" }, frameMapping({ type: "string" })] }),
  size: ({ defaultValue }) => ({
    anyOf: [
      { type: "string", pattern: "^\\d+x\\d+$" },
      sizeMapping(),
      ...(defaultValue === null ? [{ type: "null" }] : []),
    ],
  }),
  words: () => ({ anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }),
  shots: () => ({
    anyOf: [
      { type: "array", items: { type: "integer", minimum: 0, maximum: LIMITS.settings.frames } },
      { enum: ["cuts", null] },
    ],
  }),
  duration: () => ({ anyOf: durations() }),
  "switch or duration": () => ({ anyOf: [{ type: "boolean" }, ...durations()] }),
};

function durations(): object[] {
  return [
    { type: "integer", minimum: 0 },
    { type: "string", pattern: "^\\d+(\\.\\d+)?[sb]$" },
  ];
}

function scheduleValueSchema(): object {
  const plain = { type: ["number", "string"] };
  const eased = {
    type: "object",
    properties: {
      value: { ...plain, description: "A number or a formula." },
      easing: {
        description: "How the value travels from this key to the next.",
        anyOf: [{ enum: [...EASINGS.keys()] }, { type: "string", pattern: "^bezier\\(.+\\)$" }],
      },
    },
    required: ["value"],
    additionalProperties: false,
  };
  return {
    description:
      'A number, a schedule such as "0:(0), 30:(15)", a formula of t such as "1+sin(t/10)", or a mapping of frames to values.',
    anyOf: [
      plain,
      { ...frameMapping({ anyOf: [plain, eased] }), properties: { easing: eased.properties.easing } },
    ],
  };
}

function frameMapping(values: object): object {
  return {
    type: "object",
    description: "Keys are frames (30), times (2s, 4b) or expressions (max_f/2).",
    minProperties: 1,
    additionalProperties: values,
  };
}

function sizeMapping(): object {
  const side = { type: "integer", minimum: 64, maximum: LIMITS.settings.pictureSide, multipleOf: 8 };
  return {
    type: "object",
    properties: { width: side, height: side },
    required: ["width", "height"],
    additionalProperties: false,
  };
}
