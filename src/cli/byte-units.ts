/** Sizes of files as people write them, in decimal units like disks and model sites. */

/** `2.13 GB`, `27.3 MB`, `9 kB`. */
export function inUnits(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}
