import { assert, asyncProperty, integer, shuffledSubarray } from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteImage } from "../tensor/image.ts";
import { inPlayedOrder } from "./played-order.ts";
import type { JournalEntry } from "./run-folder.ts";

const picture = (frame: number): ByteImage => ({ width: 1, height: 1, data: new Uint8Array(3).fill(frame) });
const entryOf = (frame: number): JournalEntry => ({
  frame,
  chain: "",
  picture: { file: "", sha256: "" },
  state: null,
  seconds: 0,
});
const planOf = (count: number) => Array.from({ length: count }, (_, frame) => ({ frame }));

function open(count: number) {
  const taken: number[] = [];
  const read: number[] = [];
  const sinks = {
    async take(frame: number, { data }: ByteImage) {
      await Promise.resolve();
      expect(data[0]).toBe(frame);
      taken.push(frame);
    },
  };
  const folder = {
    async readFrame({ frame }: JournalEntry) {
      read.push(frame);
      return Promise.resolve(picture(frame));
    },
  };
  return { taken, read, delivery: inPlayedOrder(sinks, folder, planOf(count)) };
}

describe("inPlayedOrder", () => {
  it("hands frames that come as they are played on at once, without reading any", async () => {
    const { delivery, taken, read } = open(3);
    for (const frame of [0, 1, 2]) {
      await delivery.take(entryOf(frame), picture(frame));
      expect(taken.at(-1)).toBe(frame);
    }
    await delivery.finish();
    expect(read).toEqual([]);
  });

  it("keeps the order of play whatever order frames come in, also when many come at once", async () => {
    const orders = integer({ min: 1, max: 30 }).chain((count) =>
      shuffledSubarray([...Array(count).keys()]).map((frames) => ({ count, frames })),
    );
    await assert(
      asyncProperty(orders, async ({ count, frames }) => {
        const { delivery, taken } = open(count);
        await Promise.all(frames.map((frame) => delivery.take(entryOf(frame), picture(frame))));
        await delivery.finish();
        expect(taken).toEqual(frames.toSorted((a, b) => a - b));
      }),
    );
  });

  it("reads what had to wait, as all frames of a render from the end to the start but its last", async () => {
    const { delivery, taken, read } = open(4);
    for (const frame of [3, 2, 1]) await delivery.take(entryOf(frame), picture(frame));
    expect(taken).toEqual([]);
    await delivery.take(entryOf(0), picture(0));
    expect(taken).toEqual([0, 1, 2, 3]);
    expect(read).toEqual([1, 2, 3]);
  });

  it("leaves the holes of an unfinished run out", async () => {
    const { delivery, taken } = open(9);
    for (const frame of [5, 0, 7, 1]) await delivery.take(entryOf(frame));
    expect(taken).toEqual([0, 1]);
    await delivery.finish();
    expect(taken).toEqual([0, 1, 5, 7]);
  });

  it("passes the failure of a sink to whoever brings a frame", async () => {
    const sinks = { take: () => Promise.reject(new Error("the disk is full")) };
    const folder = { readFrame: ({ frame }: JournalEntry) => Promise.resolve(picture(frame)) };
    const delivery = inPlayedOrder(sinks, folder, planOf(2));
    await expect(delivery.take(entryOf(0))).rejects.toThrow("the disk is full");
    await expect(delivery.take(entryOf(1))).rejects.toThrow("the disk is full");
  });
});
