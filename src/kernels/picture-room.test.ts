import { describe, expect, it } from "vitest";
import { floatsAt, kernelMemory, lendMemory } from "./kernels.ts";
import { copyBytes, lendRoom, placeOf, takeRoom } from "./picture-room.ts";

describe("a room for pictures", () => {
  it("gives floats that do not touch, until it is full", () => {
    lendRoom(2, 100, () => {
      const [first, second] = [takeRoom(100)!, takeRoom(100)!];
      expect(takeRoom(1)).toBeNull();
      expect(first).toHaveLength(100);
      expect(placeOf(second)! - placeOf(first)!).toBeGreaterThanOrEqual(4 * 100 + 64);
      expect([copyBytes(first), copyBytes(new Float32Array(7))]).toEqual([0, 28]);
    });
  });

  it("stays within bounds for pictures of any size", () => {
    const size = 3 * 2000 * 2000;
    lendRoom(6, size, () => {
      const taken = [takeRoom(size), takeRoom(size), takeRoom(size)];
      expect(taken.map((floats) => floats !== null)).toEqual([true, true, false]);
    });
    lendRoom(2, 2 ** 30, () => expect(takeRoom(2 ** 30)).toBeNull());
  });

  it("is there as long as it is lent, also when an error ends that", () => {
    expect(takeRoom(1)).toBeNull();
    const rest = lendMemory([1], (place) => place);
    expect(() =>
      lendRoom(1, 100, () => {
        expect(takeRoom(50)).not.toBeNull();
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(takeRoom(1)).toBeNull();
    expect(lendMemory([1], (place) => place)).toBe(rest);
  });

  it("is left alone by whatever is lent in it, another room too", () => {
    lendRoom(2, 64, () => {
      const first = takeRoom(64)!.fill(1);
      lendMemory([1000], (place) => floatsAt(place, 250).fill(2));
      lendRoom(1, 64, () => {
        takeRoom(64)!.fill(3);
        expect(takeRoom(64)).toBeNull();
      });
      const second = takeRoom(64)!.fill(4);
      expect(first.every((value) => value === 1)).toBe(true);
      expect(placeOf(second)).toBeGreaterThan(placeOf(first)!);
    });
  });

  it("keeps its pictures where they are when the memory grows", () => {
    lendRoom(2, 64, () => {
      const before = takeRoom(64)!.fill(5);
      const size = kernelMemory.buffer.byteLength;
      lendMemory([size + 1], () => {});
      expect(kernelMemory.buffer.byteLength).toBeGreaterThan(size);
      const after = takeRoom(64)!.fill(6);
      expect(after.buffer).not.toBe(before.buffer);
      expect(floatsAt(placeOf(before)!, 64).every((value) => value === 5)).toBe(true);
      before[63] = 7;
      expect(floatsAt(placeOf(before)!, 64)[63]).toBe(7);
      expect(placeOf(after)! - placeOf(before)!).toBe(4 * 64 + 64);
    });
  });
});
