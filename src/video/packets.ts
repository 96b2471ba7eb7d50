/** The packets of a video file, read without decoding: what proves that a film holds the pieces that it was joined from. */

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { LIMITS } from "../limits.ts";
import { runFfmpeg } from "./run-ffmpeg.ts";

export interface Packet {
  /** When it is decoded and shown, in ticks of the file; undefined where it does not say. */
  readonly dts: number | undefined;
  readonly pts: number | undefined;
  readonly bytes: number;
  /** MD5 of its bytes. */
  readonly md5: string;
}

export interface PacketList {
  /** Seconds per tick, as a fraction. */
  readonly tick: { readonly numerator: number; readonly denominator: number };
  /** In the order of the file, which is that of decoding. */
  readonly packets: readonly Packet[];
}

/**
 * The packets of the first video stream.
 *
 * @param path absolute
 * @throws EncodeError when ffmpeg cannot read the file
 */
export async function readPackets(
  ffmpegPath: string,
  path: string,
  signal?: AbortSignal,
): Promise<PacketList> {
  const args = [
    ["-hide_banner", "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i", `file:${path}`],
    ["-map", "0:v:0", "-c", "copy", "-f", "framemd5", "pipe:1"],
  ].flat();
  const run = { ffmpegPath, args, folder: dirname(path), limitSeconds: LIMITS.video.verifyMs / 1000, signal };
  return parsePackets(await runFfmpeg(run));
}

/** A hash over size and content of packets, in their order. */
export function hashPackets(packets: readonly Packet[]): string {
  const hash = createHash("sha256");
  for (const { bytes, md5 } of packets) hash.update(`${bytes} ${md5}\n`);
  return hash.digest("hex");
}

/** Lines such as `0,      -1000,          0,      500,     3398, cd15441404f01666aaebea9c5841fe37`; `#` begins a remark. */
function parsePackets(text: string): PacketList {
  const [, numerator = "0", denominator = "1"] = /^#tb 0: (\d+)\/(\d+)$/m.exec(text) ?? [];
  const packets = text
    .split("\n")
    .filter((line) => line.startsWith("0,"))
    .map((line): Packet => {
      const [, dts = "", pts = "", , bytes = "", md5 = ""] = line.split(",").map((part) => part.trim());
      return { dts: ticks(dts), pts: ticks(pts), bytes: Number(bytes), md5 };
    });
  return { tick: { numerator: Number(numerator), denominator: Number(denominator) }, packets };
}

function ticks(written: string): number | undefined {
  return /^-?\d+$/.test(written) ? Number(written) : undefined;
}
