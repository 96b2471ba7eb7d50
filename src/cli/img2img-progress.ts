/** Progress of a folder of pictures: a live picture with bar and ETA in a terminal, NDJSON for programs, warnings alone in a pipe. */

import { createLogUpdate } from "log-update";
import type { FolderEvent, OnFolderEvent } from "../picture-folder/folder-events.ts";
import { printable } from "../printable.ts";
import { formatDuration } from "../render/eta.ts";
import { printEvent } from "./print-event.ts";
import { progressBar } from "./progress.ts";
import { pictureLines, showsPictures } from "./terminal-picture.ts";

export interface FolderProgress {
  readonly onEvent: OnFolderEvent;
  /** Takes the live lines away, before the report or an error is printed. */
  clear(): void;
}

const PICTURE_COLUMNS = 32;

/** `json`: one object per event on stdout. Otherwise live lines on stderr if that is a terminal, else warnings only. */
export function createFolderProgress(options: { readonly json: boolean }): FolderProgress {
  if (options.json) return { onEvent: printEvent, clear() {} };
  return process.stderr.isTTY ? liveProgress(process.stderr) : { onEvent: printWarning, clear() {} };
}

function printWarning(event: FolderEvent): void {
  if (event.type === "warning") process.stderr.write(`warning: ${printable(event.message)}\n`);
}

function liveProgress(terminal: NodeJS.WriteStream): FolderProgress {
  const live = createLogUpdate(terminal);
  const withPicture = showsPictures(process.env);
  let total = 0;
  let done = 0;
  let picture: string[] = [];
  let pace = "";
  let stage = "";

  function draw(): void {
    live([...picture, `${progressBar(done, total)} ${done}/${total} pictures${pace}${stage}`].join("\n"));
  }

  function say(line: string): void {
    live.clear();
    terminal.write(`${printable(line)}\n`);
  }

  return {
    onEvent(event) {
      switch (event.type) {
        case "loading":
          live(`loading the model ${printable(event.model)}`);
          return;
        case "start": {
          total = event.pictures;
          const { name, family, provider } = event.model;
          say(`${total} pictures, model ${name} (${family}, ${provider})`);
          break;
        }
        case "step":
          stage = `, ${printable(event.picture)} ${event.step}/${event.steps}`;
          break;
        case "picture":
          done = event.done;
          stage = "";
          if (event.etaSeconds !== null) pace = `, ${formatDuration(event.etaSeconds)} left`;
          if (withPicture && event.image) picture = pictureLines(event.image, PICTURE_COLUMNS);
          break;
        case "failed":
          done = event.done;
          say(`${event.picture} failed: ${event.message}`);
          break;
        case "warning":
          say(`warning: ${event.message}`);
      }
      draw();
    },
    clear() {
      live.clear();
      live.done();
    },
  };
}
