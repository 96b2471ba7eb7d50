/** The thread that ends its process when the parent is gone; it runs also while a network keeps the process from everything else. */

import { workerData } from "node:worker_threads";

const PERIOD_MS = 1000;
const parent = workerData as number;

setInterval(() => {
  if (isThere()) return;
  // Ending a thread inside of ONNX Runtime aborts with a message; this is as quick, and says nothing.
  process.kill(process.pid, "SIGKILL");
}, PERIOD_MS);

function isThere(): boolean {
  try {
    process.kill(parent, 0);
  } catch {
    return false;
  }
  // Somewhere else the id may have a new owner; on Windows the parent's id stays what it was.
  return process.platform === "win32" || process.ppid === parent;
}
