/** Asks the user's networks about pictures, in a process of their own. */

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ModelError } from "../errors.ts";
import type { ByteImage } from "../tensor/image.ts";
import type { FromJudges, Judged, JudgeFiles, ToJudges } from "./judge-messages.ts";

export interface Judges {
  /** @throws ModelError when a network fails, hangs or ends its process */
  judge(picture: ByteImage): Promise<Judged>;
  /** Ends the process. Safe to call more than once. */
  close(): void;
}

/** For opening, and for one picture: a detector takes a fraction of a second, a large CLIP on a processor a few. */
const TIMEOUT_MS = 60_000;

/** Starts the process and opens the networks. @throws ModelError when one cannot be used, or does not load in `timeout` ms */
export async function openJudges(files: JudgeFiles, timeout = TIMEOUT_MS): Promise<Judges> {
  // The compiled file, also when the tests run this one from source: a forked process has no TypeScript loader.
  const path = fileURLToPath(new URL("../../dist/programs/judge-child.js", import.meta.url));
  const child = fork(path, { serialization: "advanced" });
  const places = [files.detector, files.aesthetic].filter((file) => file !== null).join(", ");

  async function ask(question: ToJudges): Promise<FromJudges> {
    return await new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(timer);
        child.off("message", listen).off("exit", died);
        action();
      };
      const fail = (message: string, hint: string) =>
        settle(() => reject(new ModelError(message, { where: places, hint })));
      const listen = (answer: FromJudges) =>
        settle(() =>
          answer.type === "failed"
            ? reject(new ModelError(answer.message, { where: places, ...answer }))
            : resolve(answer),
        );
      const died = () =>
        fail("the process of the networks ended", "The network may need more memory than there is.");
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        fail(`the networks gave no answer within ${timeout / 1000} s`, "Take a smaller network.");
      }, timeout);
      child.on("message", listen).once("exit", died);
      // A channel that is closed already belongs to a process that ends; its exit tells more than the failure to send.
      child.send(question, () => {});
      if (child.exitCode !== null || child.signalCode !== null) died();
    });
  }

  const close = () => void child.kill("SIGKILL");
  await ask({ type: "open", ...files }).catch((error: unknown) => {
    close();
    throw error;
  });
  return {
    async judge(picture) {
      const { boxes, aesthetic } = (await ask({ type: "judge", picture })) as Extract<FromJudges, Judged>;
      return { boxes, aesthetic };
    },
    close,
  };
}
