/** Stores in folders on disks so small that a test can fill them. */
import { permitted } from "../../helpers/permissions.ts";
import { type SmallDisk, smallDisk, whyNoSmallDisk } from "../../helpers/small_disk.ts";
import { FOLDER_KINDS, type Ground, groundAt } from "./kinds.ts";

const NEEDS = { read: true, write: true, programs: ["mount", "umount"] } as const;

/** What a disk gives out at a time. */
export const PAGE = 4096;

/** Registers a test for each kind, in the folder `store` of a small disk. */
export function onSmallDisk(
  name: string,
  work: (disk: SmallDisk, ground: Ground) => Promise<void>,
): void {
  for (const kind of FOLDER_KINDS) {
    mounting(`${kind.name}: ${name}`, async () => {
      await using disk = await smallDisk("400k");
      await Deno.mkdir(`${disk.path}/store`);
      await work(disk, groundAt(kind, `${disk.path}/store`));
    });
  }
}

/** Registers a test for each kind, in which the folder of `archive` is a disk of its own. */
export function besideAnotherDisk(name: string, work: (ground: Ground) => Promise<void>): void {
  for (const kind of FOLDER_KINDS) {
    mounting(`${kind.name}: ${name}`, async () => {
      const path = await Deno.makeTempDir({ prefix: "izypop3-folder-" });
      try {
        const place = `${path}/${kind.archive.split("/")[0]}`;
        await Deno.mkdir(place);
        await Deno.mkdir(`${path}/new`);
        await using disk = await smallDisk("200k", place);
        for (const part of ["new", "cur", "tmp"]) await Deno.mkdir(`${disk.path}/${part}`);
        await work(groundAt(kind, path));
      } finally {
        await Deno.remove(path, { recursive: true });
      }
    });
  }
}

/** Fills the disk until so many octets are left. */
export async function fill(disk: SmallDisk, left: number): Promise<void> {
  await makeRoom(disk);
  using file = Deno.openSync(ballast(disk), { write: true, create: true });
  const page = new Uint8Array(PAGE);
  try {
    while (true) file.writeSync(page);
  } catch {
    // Full.
  }
  file.truncateSync(Math.max(0, file.statSync().size - left));
}

/** Takes away what filled it. */
export async function makeRoom(disk: SmallDisk): Promise<void> {
  await Deno.remove(ballast(disk)).catch(() => {});
}

function ballast({ path }: SmallDisk): string {
  return `${path}/ballast`;
}

function mounting(name: string, work: () => Promise<void>): void {
  permitted({ ...NEEDS, besides: whyNoSmallDisk }, name, work);
}
