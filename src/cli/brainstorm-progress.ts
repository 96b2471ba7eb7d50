/** Progress of a brainstorm: a live picture with bar and time left in a terminal, NDJSON for programs, the expected time in a pipe. */

import { createLogUpdate } from "log-update";
import type { BrainstormEvent, OnBrainstormEvent } from "../brainstorm/brainstorm-events.ts";
import { printable } from "../printable.ts";
import { formatDuration } from "../render/eta.ts";
import { printEvent } from "./print-event.ts";
import { progressBar } from "./progress.ts";
import { pictureLines, showsPictures } from "./terminal-picture.ts";

export interface BrainstormProgress {
  readonly onEvent: OnBrainstormEvent;
  /** Takes the live lines away, before the report or an error is printed. */
  clear(): void;
}

const PICTURE_COLUMNS = 32;

export function createBrainstormProgress(json: boolean): BrainstormProgress {
  if (json) return { onEvent: printEvent, clear() {} };
  return process.stderr.isTTY ? liveProgress(process.stderr) : plainProgress();
}

/** What is ahead, as soon as it can be said; warnings and failures. */
function plainProgress(): BrainstormProgress {
  const expected = expectation();
  return {
    onEvent(event) {
      const line = describeStart(event) ?? expected(event) ?? describeTrouble(event);
      if (line !== undefined) process.stderr.write(`${printable(line)}\n`);
    },
    clear() {},
  };
}

/** `1 picture`, `2 pictures`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function describeStart(event: BrainstormEvent): string | undefined {
  if (event.type !== "start") return undefined;
  const { title, pictures, rows, columns, models } = event;
  const several = models > 1 ? `, ${models} models` : "";
  return `${title}: ${counted(pictures, "picture")}, ${counted(rows, "row")} × ${counted(columns, "column")}${several}`;
}

/** The time that the rest will take, once: after the second painted picture, because the first one loads the model. */
function expectation(): (event: BrainstormEvent) => string | undefined {
  let painted = 0;
  return (event) => {
    if (event.type !== "picture" || event.status !== "painted") return undefined;
    painted++;
    if (painted !== 2 || event.etaSeconds === null || event.done === event.total) return undefined;
    return `${event.secondsPerPicture!.toFixed(1)} s a picture, about ${formatDuration(event.etaSeconds)} for the other ${event.total - event.done}`;
  };
}

function describeTrouble(event: BrainstormEvent): string | undefined {
  if (event.type === "warning") return `warning: ${event.message}`;
  return event.type === "failed" ? `picture ${event.picture} failed: ${event.message}` : undefined;
}

function liveProgress(terminal: NodeJS.WriteStream): BrainstormProgress {
  const live = createLogUpdate(terminal);
  const withPicture = showsPictures(process.env);
  let total = 0;
  let done = 0;
  let pace = "";
  let stage = "";
  let picture: string[] = [];

  function draw(): void {
    if (total === 0) return;
    live([...picture, `${progressBar(done, total)} ${done}/${total} pictures${pace}${stage}`].join("\n"));
  }

  return {
    onEvent(event) {
      const line = describeStart(event) ?? describeTrouble(event);
      if (line !== undefined) {
        live.clear();
        terminal.write(`${printable(line)}\n`);
      }
      if (event.type === "start") total = event.pictures;
      if (event.type === "loading") stage = `, loading ${printable(event.model)}`;
      if (event.type === "step")
        stage = event.step === event.steps ? ", decoding" : `, denoising ${event.step}/${event.steps}`;
      if (event.type === "finishing")
        stage = event.what === "grid" ? ", drawing the sheet" : ", exporting the best";
      if (event.type === "picture" || event.type === "failed") {
        done = event.done;
        stage = "";
      }
      if (event.type === "picture") {
        const { secondsPerPicture: each, etaSeconds: left } = event;
        pace =
          each === null || left === null
            ? ""
            : `, ${each.toFixed(2)} s/picture, ${formatDuration(left)} left`;
        if (withPicture) picture = pictureLines(event.image, PICTURE_COLUMNS);
      }
      draw();
    },
    clear() {
      live.clear();
      live.done();
    },
  };
}
