/** What a loop takes from networks, in tests that have none: methods of flow that are computed here, and nothing else. */

import { chooseFlow } from "../../src/render/find-flow.ts";

/** Methods by their names; a network fails the test. */
export const flowByMethod = chooseFlow(
  {
    estimateFlow: async () => {
      throw new Error("there is no flow network");
    },
  },
  new Map(),
);
