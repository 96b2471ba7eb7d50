/** Chosen stills: which of their pictures are kept. */
import { expect, it } from "vitest";
import { HASHES, scored } from "../../test/support/scored-frame.ts";
import { chooseStills } from "./choose-stills.ts";

it("keeps pictures of the chosen frames up to 256 MB, and looks at each once", async () => {
  const frames = HASHES.map((_, frame) => scored(frame, {}, { timeSeconds: 10 * frame }));
  const looked: number[] = [];
  // An even picture with more bytes than it needs stands for one of a large camera.
  const still = ({ frame }: { readonly frame: number }) => {
    looked.push(frame);
    return Promise.resolve({ width: 8, height: 8, data: new Uint8Array(100_000_000) });
  };
  const options = { count: 4, weights: { sharpness: 1 } };
  const { selection, pictures } = await chooseStills(frames, options, { still });
  const picked = selection.picked.map(({ frame }) => frame);
  expect(picked).toHaveLength(4);
  expect(looked).toEqual(picked);
  expect([...pictures.keys()]).toEqual(picked.slice(0, 2));
});
