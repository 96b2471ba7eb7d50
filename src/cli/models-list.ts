/** `animate models list`: what schedules can name, and what can be pulled. */

import type { CommandModule } from "yargs";
import { listEmbeddedPictureNetworks } from "../models/find-picture-network.ts";
import { readCatalogue } from "../library/catalogue.ts";
import { takeInventory, type InventoryItem } from "../library/inventory.ts";
import { LIBRARY_FOLDERS, LIBRARY_KINDS } from "../models/library-places.ts";
import { printable, printableJson } from "../printable.ts";
import { inUnits } from "./byte-units.ts";

interface ListFlags {
  readonly catalogue: boolean;
  readonly json: boolean;
}

export const modelsListCommand: CommandModule<object, ListFlags> = {
  command: ["list", "$0"],
  describe: "List the models, LoRAs, embeddings, ControlNets and VAEs that schedules can name",
  builder: (argv) =>
    argv
      .option("catalogue", { type: "boolean", default: false, describe: "List what can be pulled by name" })
      .option("json", { type: "boolean", default: false, describe: "As JSON" }),
  async handler({ catalogue, json }) {
    await (catalogue ? listCatalogue(json) : listInventory(json));
  },
};

async function listInventory(json: boolean): Promise<void> {
  const inventory = await takeInventory(process.cwd());
  if (json) {
    console.log(printableJson(JSON.stringify(inventory, undefined, 2)));
    return;
  }
  for (const kind of LIBRARY_KINDS) {
    const items = inventory.items.filter((item) => item.kind === kind);
    if (items.length === 0) continue;
    console.log(LIBRARY_FOLDERS[kind]);
    printTable(items.map(inventoryRow));
    console.log("");
  }
  const networks = [
    ...(await listEmbeddedPictureNetworks("depth")).map((name) => [name, "motion.depth.model"]),
    ...(await listEmbeddedPictureNetworks("upscaler")).map((name) => [name, "video.upscaler"]),
  ];
  if (networks.length > 0) {
    console.log("depth and upscaling");
    printTable(networks.map(([name = "", setting = ""]) => [name, setting, "", "embedded"]));
    console.log("");
  }
  const { root, unfinishedBytes } = inventory;
  const lines = [
    ...(unfinishedBytes > 0
      ? [
          `unfinished downloads: ${inUnits(unfinishedBytes)}; pull again to continue, or delete ${root}/.partial`,
        ]
      : []),
    `The library is ${root} (ANIMATE_LIBRARY); trees of A1111 and ComfyUI join it through ANIMATE_MODELS.`,
    "  animate models pull sd15                     downloads one; `models list --catalogue` shows more",
    "  animate models add ./my-model.safetensors    takes one from this machine",
    "  animate models check <name>                  tells whether one can be used",
  ];
  for (const line of lines) console.log(printable(line));
}

function inventoryRow({ longName, family, bytes, place, path, problem, source }: InventoryItem): string[] {
  const where = place === "embedded" ? "embedded" : path;
  const notes = [problem, source === undefined ? undefined : `${source.repo}, ${source.license}`];
  return [
    longName,
    family ?? "",
    inUnits(bytes),
    [where, ...notes].filter((note) => note !== undefined).join("  "),
  ];
}

async function listCatalogue(json: boolean): Promise<void> {
  const catalogue = await readCatalogue();
  if (json) {
    console.log(printableJson(JSON.stringify(catalogue, undefined, 2)));
    return;
  }
  for (const kind of LIBRARY_KINDS) {
    const entries = catalogue.filter((entry) => entry.kind === kind);
    if (entries.length === 0) continue;
    console.log(LIBRARY_FOLDERS[kind]);
    printTable(
      entries.map(({ name, family, bytes, license, gated, description }) => [
        name,
        family,
        inUnits(bytes),
        `${description}  (${license.name}${gated ? ", log in and accept first" : ""})`,
      ]),
    );
    console.log("");
  }
  console.log("Each has a license of its own, which `animate models pull <name>` shows first.");
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => printable(row[column] ?? "").length)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) => printable(cell).padEnd(widths[column] ?? 0));
    console.log(`  ${cells.join("  ").trimEnd()}`);
  }
}
