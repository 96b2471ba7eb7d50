/** Progress of a render: a live picture with bar and ETA in a terminal, NDJSON for programs, silence in a pipe. */

import { createLogUpdate } from "log-update";
import { formatDuration } from "../render/eta.ts";
import type { OnRunEvent, RunEvent } from "../render/run-events.ts";
import { printEvent } from "./print-event.ts";
import { pictureLines, showsPictures } from "./terminal-picture.ts";
import { printable } from "../printable.ts";

export interface Progress {
  readonly onEvent: OnRunEvent;
  /** Takes the live lines away, before the report or an error is printed. */
  clear(): void;
}

const BAR_WIDTH = 24;
const PICTURE_COLUMNS = 32;

/** `json`: one object per event on stdout. Otherwise live lines on stderr if that is a terminal, else warnings only. */
export function createProgress(options: { readonly json: boolean }): Progress {
  if (options.json) return { onEvent: printEvent, clear() {} };
  return process.stderr.isTTY ? liveProgress(process.stderr) : quietProgress();
}

function quietProgress(): Progress {
  return {
    onEvent(event) {
      if (event.type === "warning") process.stderr.write(`warning: ${printable(event.message)}\n`);
    },
    clear() {},
  };
}

/** @param done of `total` */
export function progressBar(done: number, total: number): string {
  const filled = Math.round((BAR_WIDTH * done) / total);
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}

/** Of several processes one line would show each for a moment. */
function describeStep(
  { step, steps }: Extract<RunEvent, { readonly type: "step" }>,
  processes: number,
): string {
  if (processes > 1) return `, ${processes} processes`;
  return step === steps ? ", decoding" : `, denoising ${step}/${steps}`;
}

function liveProgress(terminal: NodeJS.WriteStream): Progress {
  const live = createLogUpdate(terminal);
  const withPicture = showsPictures(process.env);
  let start: Extract<RunEvent, { type: "start" }> | undefined;
  let picture: string[] = [];
  let done = 0;
  let pace = "";
  let stage = "";

  function draw(): void {
    if (!start) return;
    const bar = progressBar(done, start.frames);
    live(
      [...picture, `${printable(start.name)} ${bar} ${done}/${start.frames} frames${pace}${stage}`].join(
        "\n",
      ),
    );
  }

  return {
    onEvent(event) {
      switch (event.type) {
        case "loading":
          live(`loading the model ${printable(event.model)}`);
          break;
        case "start": {
          live.clear();
          start = event;
          done = event.reused + event.cached;
          const { name, family, provider } = event.model;
          const reused = event.reused > 0 ? `, ${event.reused} already done` : "";
          const cached = event.cached > 0 ? `, ${event.cached} from the cache` : "";
          terminal.write(
            `${printable(event.name)}: ${event.frames} frames${reused}${cached}, model ${printable(name)} (${family}, ${provider})\n`,
          );
          break;
        }
        case "step":
          stage = describeStep(event, start?.processes ?? 1);
          break;
        case "frame":
          done++;
          stage = ", warping and encoding";
          pace = `, ${event.secondsPerFrame.toFixed(2)} s/frame, ${formatDuration(event.etaSeconds)} left`;
          if (withPicture) picture = pictureLines(event.image, PICTURE_COLUMNS);
          break;
        case "finishing":
          pace = event.what === "video" ? ", finishing the video" : ", choosing thumbnails";
          stage = "";
          break;
        case "warning":
          live.clear();
          terminal.write(`warning: ${printable(event.message)}\n`);
      }
      draw();
    },
    clear() {
      live.clear();
      live.done();
    },
  };
}
