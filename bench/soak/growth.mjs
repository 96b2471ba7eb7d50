/** Whether something grows: a line through samples, and what is more at the end than it was. */

/** Fewer samples than these tell nothing. */
const LEAST_SAMPLES = 4;

/**
 * @param {readonly { frame: number, processes: object, files: number }[]} samples
 * @param {number} left temporary files after the end
 * @param {{ slope: number, warmUp: number }} limits megabytes per 1,000 frames, and the share of the samples that does not count
 * @returns {{ growth: object, samples: object[], complaints: string[] }}
 */
export function judge(samples, left, { slope, warmUp }) {
  const counted = samples.slice(Math.floor(samples.length * warmUp));
  const complaints = [];
  const growth = {};
  // Encoders of segments come and go; those that are there all the time are compared with themselves.
  for (const name of Object.keys(counted[0]?.processes ?? {})) {
    const rows = counted.filter(({ processes }) => processes[name]?.pid === counted[0].processes[name].pid);
    if (rows.length < LEAST_SAMPLES) continue;
    const memory = rows.map(({ frame, processes }) => [frame / 1000, processes[name].megabytes]);
    const files = rows.map(({ frame, processes }) => [frame / 1000, processes[name].descriptors]);
    const [first, last] = [rows.at(0).processes[name], rows.at(-1).processes[name]];
    growth[name] = {
      megabytesPer1000: slopeOf(memory),
      megabytes: [first.megabytes, last.megabytes],
      descriptors: [first.descriptors, last.descriptors],
    };
    if (growth[name].megabytesPer1000 > slope) {
      complaints.push(`${name}: ${growth[name].megabytesPer1000.toFixed(2)} MB per 1,000 frames`);
    }
    // Files open and close all the time; what leaks one per frame is far above this.
    if (slopeOf(files) > 1)
      complaints.push(`${name}: ${slopeOf(files).toFixed(1)} open files per 1,000 frames`);
  }
  for (const name of ["render", "inference"]) {
    if (!growth[name]) complaints.push(`the ${name} process was not there often enough to tell`);
  }
  const files = slopeOf(counted.map(({ frame, files: count }) => [frame / 1000, count]));
  if (files > 1) complaints.push(`${files.toFixed(1)} temporary files per 1,000 frames`);
  if (left > 0) complaints.push(`${left} temporary files are left`);
  return { growth, temporaryFiles: { per1000: files, left }, samples, complaints };
}

/**
 * @param {readonly (readonly [number, number])[]} points
 * @returns {number} of the line with the least squares through them
 */
export function slopeOf(points) {
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
