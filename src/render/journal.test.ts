import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { FileError } from "../errors.ts";
import { sha256 } from "./chain.ts";
import { openJournal, readJournalLines } from "./journal.ts";

it("begins with the entries that still count, and grows", async () => {
  const path = join(await temporaryFolder(), "journal.ndjson");
  const first = await openJournal(path, [{ frame: 0 }, { frame: 1 }]);
  await first.add({ frame: 2 });
  expect(await readJournalLines(path)).toEqual([{ frame: 0 }, { frame: 1 }, { frame: 2 }]);
  await first.close();
  const second = await openJournal(path, [{ frame: 0 }]);
  await second.add({ frame: 5 });
  await second.close();
  expect(await readJournalLines(path)).toEqual([{ frame: 0 }, { frame: 5 }]);
});

it("leaves out lines that were cut, flipped or forged, and keeps those around them", async () => {
  const path = join(await temporaryFolder(), "journal.ndjson");
  const journal = await openJournal<object>(path, []);
  for (let frame = 0; frame < 5; frame++) await journal.add({ frame });
  await journal.close();
  const lines = (await readFile(path, "utf8")).split("\n");
  const forged = `\t${sha256("").slice(0, 16)}`;
  const damaged = [
    lines[0],
    lines[1]!.replace("1", "7"),
    lines[2]!.slice(0, 9),
    forged,
    lines[3],
    "",
    lines[4]!.slice(0, -1),
  ];
  await writeFile(path, damaged.join("\n"));
  expect(await readJournalLines(path)).toEqual([{ frame: 0 }, { frame: 3 }]);
});

it("takes entries that are added at once one after the other", async () => {
  const path = join(await temporaryFolder(), "journal.ndjson");
  const journal = await openJournal<object>(path, []);
  const entries = Array.from({ length: 20 }, (_, frame) => ({
    frame,
    text: "x".repeat(1000 * (20 - frame)),
  }));
  const added = entries.map((entry) => journal.add(entry));
  await journal.close();
  await Promise.all(added);
  expect(await readJournalLines(path)).toEqual(entries);
});

it("names itself when a line cannot be written, as any file does", async () => {
  const path = join(await temporaryFolder(), "journal.ndjson");
  const journal = await openJournal<{ frame: number }>(path, []);
  await journal.close();
  const failure = await journal.add({ frame: 0 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FileError);
  expect(failure).toMatchObject({ where: path, message: expect.stringContaining("cannot write") as string });
});
