import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { readCaption } from "./caption-file.ts";

describe("the caption of a picture", () => {
  it("is the text beside it, on one line, and that of its whole name comes first", async () => {
    const folder = await temporaryFolder();
    const picture = join(folder, "a.png");
    expect(await readCaption(picture)).toBeNull();
    await writeFile(join(folder, "a.txt"), "\ufeffa castle\r\n  at night, größer\n");
    expect(await readCaption(picture)).toBe("a castle at night, größer");
    await writeFile(join(folder, "a.png.txt"), "another");
    expect(await readCaption(picture)).toBe("another");
    expect(await readCaption(join(folder, "a.jpg"))).toBe("a castle at night, größer");
  });

  it.each([
    [
      "longer than a caption is",
      Buffer.alloc(1_000_000, "a "),
      "expected a caption of at most 16384 bytes, found more",
    ],
    ["empty", Buffer.from(" \n"), "the caption is empty"],
    ["in another encoding", Buffer.from([0x67, 0xf6, 0xdf]), "expected a text in UTF-8, found other bytes"],
    ["full of controls", Buffer.from("a\u0000b\u001b[2J"), "expected a text in UTF-8, found other bytes"],
  ])("is refused when it is %s", async (_, bytes, message) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "a.txt"), bytes);
    const where = join(folder, "a.txt");
    await expect(readCaption(join(folder, "a.png"))).rejects.toMatchObject({ message, where });
  });

  it("is refused when it is a folder", async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "a.txt"));
    await expect(readCaption(join(folder, "a.png"))).rejects.toThrow(/expected a caption|cannot be read/);
  });
});
