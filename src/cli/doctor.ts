/** `animate doctor`: prints what was found. */

import type { CommandModule } from "yargs";
import { printable } from "../printable.ts";

export const doctorCommand: CommandModule = {
  command: "doctor",
  describe: "Print what was found: Node, ffmpeg, ONNX Runtime, memory, models",
  async handler() {
    // Loads ONNX Runtime, which no other command needs in this process.
    const { collectFindings } = await import("./doctor-findings.ts");
    const findings = await collectFindings();
    for (const { good, lines } of findings) {
      const [first = "", ...rest] = lines;
      console.log(`${good ? "✓" : "✗"} ${printable(first)}`);
      for (const line of rest) console.log(`    ${printable(line)}`);
    }
    if (findings.some(({ good }) => !good)) process.exitCode = 1;
  },
};
