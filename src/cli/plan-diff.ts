/** `animate plan --diff`: which frames a render would make, and why. */

import { dirname, resolve } from "node:path";
import { cachePlace } from "../frame-cache/cache-place.ts";
import { formatRanges } from "../render/frame-ranges.ts";
import { planAgainstRun, type RunDiff } from "../render/plan-against-run.ts";
import { printableLines, printableJson } from "../printable.ts";
import type { LoadedSettings } from "../settings/load.ts";

/** Lines of reasons that are shown; a program gets all of them. */
const MOST_LINES = 20;

export interface DiffFlags {
  /** Default: `renders/<name>`. */
  readonly out: string | undefined;
  /** For programs. */
  readonly json?: boolean | undefined;
}

/** Compares a schedule with its run folder and prints what it finds. */
export async function printDiff(
  { settings, text, file, locate }: LoadedSettings,
  { out, json }: DiffFlags,
): Promise<void> {
  const folder = resolve(out ?? `renders/${settings.name}`);
  const diff = await planAgainstRun({
    settings,
    scheduleText: text,
    scheduleFile: file,
    scheduleFolder: dirname(resolve(file)),
    locate,
    folder,
    cache: cachePlace(),
  });
  if (json) {
    const { frames, cached, reasons, asks, idle } = diff;
    const [render, kept] = [madeFrames(diff), frames - diff.render.length];
    const told = { name: settings.name, folder, frames, render, kept, cached, reasons, asks, idle };
    console.log(printableJson(JSON.stringify(told)));
  } else {
    process.stdout.write(`${printableLines(diffLines(settings.name, diff).join("\n"))}\n`);
  }
}

/** The same as lines to read. */
export function diffLines(name: string, diff: RunDiff): string[] {
  const { frames, cached, reasons, asks, idle } = diff;
  const [render, kept] = [madeFrames(diff), frames - diff.render.length];
  const which = render.length === 0 ? "" : `: ${formatRanges(render, "–")}`;
  const fromCache =
    cached.length === 0 ? "" : `, ${cached.length} from the cache: ${formatRanges(cached, "–")}`;
  const condition = asks.length === 0 ? "" : " with --allow-drift";
  const shown = reasons.slice(0, MOST_LINES).map(({ frames: ranges, why }) => `  ${ranges}: ${why}`);
  const more = reasons.length - shown.length;
  return [
    ...(asks.length === 0
      ? []
      : [
          `${name}: a render would ask first, because finished frames were made under other conditions`,
          ...asks.map((why) => `  all: ${why}`),
          `${name}: ${frames} of ${frames} frames would be rendered with --force`,
        ]),
    `${name}: ${render.length} of ${frames} frames would be rendered${condition}${which}; ${kept} ${kept === 1 ? "is" : "are"} kept${fromCache}`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...idle.map((change) => `  ${change} changes no frame`),
  ];
}

/** Those that neither the folder nor the cache has. */
function madeFrames({ render, cached }: RunDiff): number[] {
  const known = new Set(cached);
  return render.filter((frame) => !known.has(frame));
}
