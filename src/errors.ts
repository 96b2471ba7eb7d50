/** The errors of `animate`: one base class, and one subclass per thing a caller can do about it. */

export interface ErrorDetails {
  /** Where it happened: `superman.yaml:14:9 motion.zoom`, `frame 31`, a file. */
  readonly where?: string;
  /** What to do next, one sentence, ideally with the command to run. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * Base of every error that a user can act on. The command prints `where: message` and the hint, and exits with `exitCode`;
 * anything that is not an AnimateError is a defect of ours and is printed with its stack.
 */
export class AnimateError extends Error {
  readonly where: string | undefined;
  readonly hint: string | undefined;
  /** Exit code of the command: 1 unless a subclass says otherwise. */
  readonly exitCode: number = 1;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.where = details.where;
    this.hint = details.hint;
  }
}

/** One mistake in a schedule file or in a flag, located. */
export interface SettingsProblem {
  /** `superman.yaml:14:9`, or `--set motion.zoom`. */
  readonly location: string;
  /** Settings path, `motion.zoom`; empty for the whole file. */
  readonly path: string;
  /** `expected … found …`. */
  readonly message: string;
  readonly hint?: string;
}

/** The settings cannot be used; carries every mistake found, not only the first. */
export class SettingsError extends AnimateError {
  override readonly exitCode = 2;
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[], details: ErrorDetails = {}) {
    super(problems.map(describeProblem).join("\n"), details);
    this.problems = problems;
  }
}

function describeProblem({ location, path, message, hint }: SettingsProblem): string {
  // A flag says its path already: `--frames`, `--set motion.zoom`.
  const place = path === "" || location.endsWith(path) ? location : `${location} ${path}`;
  return hint === undefined ? `${place}: ${message}` : `${place}: ${message}\n    hint: ${hint}`;
}

export interface ScheduleErrorDetails extends ErrorDetails {
  /** Place of the mistake, in characters from 0, in the schedule's text; with `key`, in the text of that key's value. */
  readonly offset?: number;
  /** The key of the mapping that holds the mistake. Without `offset`, the key itself is the mistake. */
  readonly key?: string;
}

/** A schedule string or formula cannot be read; the loader turns it into a located {@link SettingsProblem}. */
export class ScheduleError extends AnimateError {
  override readonly exitCode = 2;
  readonly offset: number | undefined;
  readonly key: string | undefined;

  constructor(message: string, details: ScheduleErrorDetails = {}) {
    super(message, details);
    this.offset = details.offset;
    this.key = details.key;
  }
}

/** A model file is missing, damaged or of an unknown kind. */
export class ModelError extends AnimateError {
  override readonly exitCode = 3;
}

/** Files that the settings name cannot be used: not there, of another kind, or damaged; carries every one. */
export class LookupError extends ModelError {
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[], details: ErrorDetails = {}) {
    super(problems.map(describeProblem).join("\n"), details);
    this.problems = problems;
  }
}

/** A frame could not be rendered: the inference process died, ran out of memory, or gave a picture that is not one. */
export class RenderError extends AnimateError {
  override readonly exitCode = 4;
}

/** ffmpeg is missing, failed, or wrote another number of frames than it was given. */
export class EncodeError extends AnimateError {
  override readonly exitCode = 5;
}

/** A file could not be read or written: missing, no rights, disk full. */
export class FileError extends AnimateError {
  override readonly exitCode = 6;
}

/** A file could not be downloaded: no connection, refused by the server, or other bytes than announced. */
export class DownloadError extends AnimateError {
  override readonly exitCode = 7;
}
