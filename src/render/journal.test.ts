import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { FileError } from "../errors.ts";
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

it("names itself when a line cannot be written, as any file does", async () => {
  const path = join(await temporaryFolder(), "journal.ndjson");
  const journal = await openJournal<{ frame: number }>(path, []);
  await journal.close();
  const failure = await journal.add({ frame: 0 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FileError);
  expect(failure).toMatchObject({ where: path, message: expect.stringContaining("cannot write") as string });
});
