/** Where ffmpeg and ffprobe are, and what they can do. Found and probed once per process. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, constants, stat } from "node:fs/promises";
import { delimiter, resolve } from "node:path";
import { promisify } from "node:util";
import { EncodeError } from "../errors.ts";

/** Where a program was found, in the order of the search. */
export type ProgramSource = "environment" | "PATH" | "npm";

export interface Program {
  /** Absolute path. */
  readonly path: string;
  readonly source: ProgramSource;
  /** As the program names itself: `7.0.2`, `N-47683-g0e8eb07980-static`. */
  readonly version: string;
  /** Of how it was built, 16 hex digits: two builds of one version may encode differently. */
  readonly build: string;
}

export interface VideoTools {
  readonly ffmpeg: Program & {
    /** Names of its video encoders: `libx264`, `libvpx-vp9`, `gif` … */
    readonly encoders: ReadonlySet<string>;
  };
  readonly ffprobe: Program;
}

/** What the search reads of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One of the two programs: its variable, and the npm package that ships it. */
export interface ProgramKind {
  readonly name: "ffmpeg" | "ffprobe";
  readonly variable: "FFMPEG_PATH" | "FFPROBE_PATH";
  readonly loadShipped: () => Promise<{ default: { path: string } }>;
}

const FFMPEG: ProgramKind = {
  name: "ffmpeg",
  variable: "FFMPEG_PATH",
  loadShipped: () => import("@ffmpeg-installer/ffmpeg"),
};
const FFPROBE: ProgramKind = {
  name: "ffprobe",
  variable: "FFPROBE_PATH",
  loadShipped: () => import("@ffprobe-installer/ffprobe"),
};

/** A healthy program answers in 0.1 s; the limit only has to catch one that never answers. */
const ANSWER_LIMIT_MS = 20_000;
const INSTALL_HINT =
  "run `npm ci` without --omit=optional, install ffmpeg (apt install ffmpeg, brew install ffmpeg), or set FFMPEG_PATH and FFPROBE_PATH";

const run = promisify(execFile);
const known = new Map<string, Promise<VideoTools>>();

/**
 * ffmpeg and ffprobe, each from its variable (`FFMPEG_PATH`, `FFPROBE_PATH`), else from PATH, else from the npm package.
 * A variable that is set and wrong is an error: whoever sets it wants that program and no other.
 *
 * Throws EncodeError when a program is missing, cannot be executed, or does not answer as ffmpeg does.
 */
export function locateVideoTools(environment: Environment = process.env): Promise<VideoTools> {
  const { FFMPEG_PATH, FFPROBE_PATH, PATH } = environment;
  const key = JSON.stringify([FFMPEG_PATH, FFPROBE_PATH, PATH]);
  let tools = known.get(key);
  if (!tools) {
    tools = probeTools(environment);
    known.set(key, tools);
  }
  return tools;
}

async function probeTools(environment: Environment): Promise<VideoTools> {
  const [ffmpeg, ffprobe] = await Promise.all([
    findProgram(FFMPEG, environment),
    findProgram(FFPROBE, environment),
  ]);
  return { ffmpeg: { ...ffmpeg, encoders: await listVideoEncoders(ffmpeg.path) }, ffprobe };
}

async function findProgram(kind: ProgramKind, environment: Environment): Promise<Program> {
  const { path, source } = await findPath(kind, environment);
  return { path, source, ...(await askVersion(kind.name, path)) };
}

async function findPath(
  kind: ProgramKind,
  environment: Environment,
): Promise<{ path: string; source: ProgramSource }> {
  const configured = environment[kind.variable];
  if (configured) {
    const path = resolve(configured);
    if (await isExecutable(path)) return { path, source: "environment" };
    throw new EncodeError(`expected an executable file, found ${await describeFile(path)}`, {
      where: `${kind.variable}=${configured}`,
      hint: `correct ${kind.variable}, or unset it to use ${kind.name} from PATH or from npm`,
    });
  }
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    const path = resolve(folder, kind.name + suffix);
    if (folder !== "" && (await isExecutable(path))) return { path, source: "PATH" };
  }
  return { path: await shippedPath(kind), source: "npm" };
}

/** The program that npm installed, made executable. Throws EncodeError when there is none for this machine or its rights cannot be set. */
export async function shippedPath({ name, loadShipped }: Omit<ProgramKind, "variable">): Promise<string> {
  let path: string;
  try {
    path = (await loadShipped()).default.path;
  } catch (cause) {
    throw new EncodeError(`no ${name} was found, and npm ships none for this machine`, {
      hint: INSTALL_HINT,
      cause,
    });
  }
  // `npm ci --ignore-scripts` leaves ffprobe without its executable bit.
  if (!(await isExecutable(path))) {
    try {
      await chmod(path, 0o755);
    } catch (cause) {
      throw new EncodeError(`${name} is not executable and its rights cannot be changed`, {
        where: path,
        hint: `chmod 755 ${path}`,
        cause,
      });
    }
  }
  return path;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function describeFile(path: string): Promise<string> {
  try {
    return (await stat(path)).isFile() ? "a file without the right to execute it" : "a folder";
  } catch {
    return "no such file";
  }
}

async function askVersion(name: string, path: string): Promise<Pick<Program, "version" | "build">> {
  const answer = await ask(name, path, ["-version"]);
  const version = new RegExp(`^${name} version (\\S+)`).exec(answer)?.[1];
  if (version !== undefined) {
    const build = createHash("sha256").update(answer).digest("hex").slice(0, 16);
    return { version, build };
  }
  throw new EncodeError(`expected "${name} version …", found ${JSON.stringify(answer.slice(0, 80))}`, {
    where: path,
    hint: INSTALL_HINT,
  });
}

/** Lines such as ` V..... libx264   libx264 H.264 …`; the flags differ between versions, the first letter does not. */
async function listVideoEncoders(path: string): Promise<Set<string>> {
  const answer = await ask("ffmpeg", path, ["-hide_banner", "-encoders"]);
  return new Set([...answer.matchAll(/^\s*V[A-Z.]{5} ([\w-]+)/gm)].map(([, encoder]) => encoder!));
}

async function ask(name: string, path: string, question: string[]): Promise<string> {
  try {
    const { stdout } = await run(path, question, { timeout: ANSWER_LIMIT_MS, killSignal: "SIGKILL" });
    return stdout;
  } catch (cause) {
    throw new EncodeError(`${name} ${question.join(" ")} failed: ${firstLine(cause)}`, {
      where: path,
      hint: INSTALL_HINT,
      cause,
    });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0]!;
}

/** The encoders that output formats or users ask about, best known first. */
const NOTABLE_ENCODERS = [
  "libx264",
  "libx265",
  "libvpx-vp9",
  "libsvtav1",
  "libaom-av1",
  "gif",
  "prores_ks",
  "ffv1",
];

/** What `animate doctor` prints: one line per program, and the encoders worth knowing. Throws as {@link locateVideoTools} does. */
export async function describeFfmpeg(environment: Environment = process.env): Promise<string[]> {
  const { ffmpeg, ffprobe } = await locateVideoTools(environment);
  const present = NOTABLE_ENCODERS.filter((encoder) => ffmpeg.encoders.has(encoder));
  return [
    `ffmpeg ${ffmpeg.version} (${describeSource(ffmpeg, "FFMPEG_PATH")}): ${ffmpeg.path}`,
    `ffprobe ${ffprobe.version} (${describeSource(ffprobe, "FFPROBE_PATH")}): ${ffprobe.path}`,
    `video encoders: ${present.join(", ") || "none of those animate uses"}`,
  ];
}

function describeSource({ source }: Program, variable: string): string {
  if (source === "environment") return `from ${variable}`;
  return source === "PATH" ? "from PATH" : "shipped by npm";
}
