import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { listPictures } from "./list-pictures.ts";

async function folderOf(...names: string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), "");
  }
  return folder;
}

describe("the pictures of a folder", () => {
  it("come in the order in which people count, without what is hidden or no picture", async () => {
    const folder = await folderOf(
      "shot 10.png",
      "shot 9.JPG",
      ".hidden.png",
      "notes.txt",
      "-a%\n.webp",
      "sub/1.png",
    );
    const { pictures, refused } = await listPictures(folder, { recursive: false, except: "/nowhere" });
    expect(pictures.map(({ name }) => name)).toEqual(["-a%\n.webp", "shot 9.JPG", "shot 10.png"]);
    expect(pictures[1]!.path).toBe(join(folder, "shot 9.JPG"));
    expect(refused).toEqual([]);
  });

  it("are also those of the folders in it, if asked for, but not the results", async () => {
    const folder = await folderOf("b.png", "sub/deep/a.png", "sub/.git/x.png", "out/b.png");
    const { pictures } = await listPictures(folder, { recursive: true, except: join(folder, "out") });
    expect(pictures.map(({ name }) => name)).toEqual(["b.png", "sub/deep/a.png"]);
  });

  it("are no links that lead out of it, none to folders, and nothing that is no file", async () => {
    const outside = await folderOf("secret.png", "more/x.png");
    const folder = await folderOf("a.png");
    await symlink(join(outside, "secret.png"), join(folder, "b.png"));
    await symlink("a.png", join(folder, "c.png"));
    await symlink("nowhere.png", join(folder, "d.png"));
    await symlink(join(outside, "more"), join(folder, "linked"));
    const { pictures, refused } = await listPictures(folder, { recursive: true, except: "/nowhere" });
    expect(pictures.map(({ name }) => name)).toEqual(["a.png", "c.png"]);
    expect(refused).toEqual([
      {
        picture: "b.png",
        message: "this is a link that leads out of the folder",
        hint: "copy the picture into the folder",
      },
      {
        picture: "d.png",
        message: "expected a file, found something else",
        hint: "put the picture itself there",
      },
    ]);
  });

  it("are named where they are of a kind that is not read", async () => {
    const { refused } = await listPictures(await folderOf("a.HEIC"), {
      recursive: false,
      except: "/nowhere",
    });
    expect(refused).toMatchObject([
      { picture: "a.HEIC", hint: expect.stringContaining("convert") as string },
    ]);
  });

  it.each([
    ["missing", "there is no such folder"],
    ["a.png", "expected a folder of pictures, found a file"],
  ])("cannot be listed where there is no folder: %s", async (name, message) => {
    const path = join(await folderOf("a.png"), name);
    const listing = listPictures(path, { recursive: false, except: "/nowhere" });
    await expect(listing).rejects.toMatchObject({ message, where: path });
  });
});
