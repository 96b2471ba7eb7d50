/** Random mistakes in sound samples: what transfers, editors and attackers do to texts and files. */

import * as fc from "fast-check";

type Edit<Piece> =
  | {
      readonly kind: "insert" | "replace";
      readonly at: number;
      readonly length: number;
      readonly piece: Piece;
    }
  | { readonly kind: "delete" | "double" | "cut"; readonly at: number; readonly length: number }
  /** `times` times the same. */
  | { readonly kind: "repeat"; readonly at: number; readonly piece: Piece; readonly times: number }
  /** A stretch of another sample. */
  | {
      readonly kind: "splice";
      readonly at: number;
      readonly length: number;
      readonly from: number;
      readonly sample: number;
    };

/** Places anywhere; half of them near the beginning, where formats have their headers. */
const place = fc.oneof(fc.nat(200), fc.nat());
const shortLength = fc.oneof(fc.nat(4), fc.nat(40));
/** Mostly few. Long runs are what exhausts stacks and patterns. */
const times = fc.oneof(
  { weight: 30, arbitrary: fc.nat(12) },
  { weight: 4, arbitrary: fc.nat(300) },
  { weight: 1, arbitrary: fc.nat(20_000) },
);

function edits<Piece>(piece: fc.Arbitrary<Piece>, samples: number): fc.Arbitrary<Edit<Piece>> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom("insert" as const, "replace" as const),
        at: place,
        length: shortLength,
        piece,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom("delete" as const, "double" as const),
        at: place,
        length: shortLength,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), length: fc.constant(0) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("repeat" as const), at: place, piece, times }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("splice" as const),
        at: place,
        length: fc.nat(400),
        from: fc.nat(),
        sample: fc.nat(samples - 1),
      }),
    },
  );
}

/** One of the samples after zero to `most` edits with these pieces. */
export function editedText(
  samples: readonly string[],
  pieces: readonly string[],
  most = 4,
): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  );
  return fc
    .tuple(fc.nat(samples.length - 1), fc.array(edits(piece, samples.length), { maxLength: most }))
    .map(([sample, list]) =>
      list.reduce(
        (text, edit) =>
          applyEdit(
            edit,
            text,
            samples,
            (...parts) => parts.join(""),
            (one, count) => one.repeat(count),
          ),
        samples[sample]!,
      ),
    );
}

/** The same with bytes; the pieces are bits that flip, odd numbers of one to eight bytes, and noise. */
export function editedBytes(sound: readonly Uint8Array[], most = 4): fc.Arbitrary<Uint8Array> {
  // Slices of a Buffer are the Buffer itself, which a flipped bit would change.
  const samples = sound.map((bytes) => new Uint8Array(bytes));
  const list = fc.array(
    fc.oneof(
      { weight: 2, arbitrary: edits(oddBytes, samples.length) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }) },
    ),
    { maxLength: most },
  );
  return fc.tuple(fc.nat(samples.length - 1), list).map(([sample, changes]) =>
    changes.reduce<Uint8Array>((bytes, change) => {
      if (change.kind === "flip") return flipped(bytes, change.at, change.bit);
      return applyEdit(change, bytes, samples, joined, (one, count) =>
        joined(...Array.from({ length: count }, () => one)),
      );
    }, samples[sample]!),
  );
}

const ODD_NUMBERS = [
  0, 1, 2, 4, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

const oddBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc
    .tuple(fc.constantFrom(...ODD_NUMBERS), fc.constantFrom("u8", "u32be", "u32le", "u64le"))
    .map(([value, format]) => numberBytes(value, format)),
);

function numberBytes(value: number, format: string): Uint8Array {
  const bytes = Buffer.alloc(format === "u8" ? 1 : format === "u64le" ? 8 : 4);
  if (format === "u8") bytes.writeUInt8(value & 0xff);
  else if (format === "u32be") bytes.writeUInt32BE(value);
  else if (format === "u32le") bytes.writeUInt32LE(value);
  else bytes.writeBigUInt64LE(BigInt(value) * 0x1_0000_0001n);
  return new Uint8Array(bytes);
}

function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const copy = bytes.slice();
  copy[at % bytes.length]! ^= 1 << bit;
  return copy;
}

interface Sliceable<Self> {
  readonly length: number;
  slice(start: number, end?: number): Self;
}

function applyEdit<Text extends Sliceable<Text>>(
  edit: Edit<Text>,
  text: Text,
  samples: readonly Text[],
  join: (...parts: Text[]) => Text,
  repeat: (piece: Text, count: number) => Text,
): Text {
  const at = edit.at % (text.length + 1);
  const before = text.slice(0, at);
  switch (edit.kind) {
    case "insert":
      return join(before, edit.piece, text.slice(at));
    case "replace":
      return join(before, edit.piece, text.slice(at + Math.min(edit.length, edit.piece.length)));
    case "delete":
      return join(before, text.slice(at + edit.length));
    case "double":
      return join(before, text.slice(at, at + edit.length), text.slice(at));
    case "cut":
      return before;
    case "repeat":
      return join(before, repeat(edit.piece, edit.times), text.slice(at));
    default: {
      const other = samples[edit.sample]!;
      const from = edit.from % (other.length + 1);
      return join(before, other.slice(from, from + edit.length), text.slice(at));
    }
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
