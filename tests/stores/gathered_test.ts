import { assert, assertEquals, assertRejects } from "@std/assert";
import { gather, type Gathered, HELD } from "../../lib/stores/gathered.ts";
import { Interrupt } from "../../lib/stores/intake.ts";
import { permitted } from "../helpers/permissions.ts";
import { concat, seeded, text } from "../helpers/random.ts";
import { smallDisk, whyNoSmallDisk } from "../helpers/small_disk.ts";
import { withTemporaryFilesIn } from "../helpers/temporary_files.ts";
import { assertKind } from "./conformance.ts";

const FILES = { read: true, write: true } as const;

function randomOctets(length: number): Uint8Array {
  const random = seeded(length);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** As they are given out; each chunk is copied, for it is valid for a moment only. */
function all(gathered: Gathered): Uint8Array {
  return concat(Array.from(gathered.chunks(), (chunk) => chunk.slice()));
}

permitted(FILES, "a message is given out as often as it is asked for, small or large", async () => {
  for (const length of [0, 1, HELD, HELD + 1, 3 * HELD + 17]) {
    const octets = randomOctets(length);
    using interrupt = new Interrupt(undefined);
    const read = await gather([octets.subarray(0, 10), octets.subarray(10)], interrupt);
    using gathered = read.octets;
    assertEquals(read.facts.kept, length);
    for (let time = 0; time < 2; time++) assert(text(all(gathered)) === text(octets));
  }
});

permitted(FILES, "two who read a large message at the same time both get all of it", async () => {
  const octets = randomOctets(3 * HELD);
  using interrupt = new Interrupt(undefined);
  using gathered = (await gather([octets], interrupt)).octets;
  const one: Uint8Array[] = [];
  const two: Uint8Array[] = [];
  const other = gathered.chunks()[Symbol.iterator]();
  for (const chunk of gathered.chunks()) {
    one.push(chunk.slice());
    const { value, done } = other.next();
    if (done !== true) two.push(value.slice());
  }
  assert(text(concat(one)) === text(octets));
  assert(text(concat(two)) === text(octets));
});

permitted(FILES, "what was let go cannot be read as if it were shorter", async () => {
  using interrupt = new Interrupt(undefined);
  const { octets } = await gather([randomOctets(3 * HELD)], interrupt);
  const chunks = octets.chunks()[Symbol.iterator]();
  chunks.next();
  octets[Symbol.dispose]();
  octets[Symbol.dispose]();
  await assertRejects(() => Promise.resolve().then(() => chunks.next()));
});

permitted(
  { ...FILES, programs: ["mount", "umount"], besides: whyNoSmallDisk },
  "a full disk for temporary files is told, and nothing is left on it",
  async () => {
    await using disk = await smallDisk("300k");
    await withTemporaryFilesIn(disk.path, async () => {
      using interrupt = new Interrupt(undefined);
      const error = await assertKind(
        "input-output",
        () => gather([randomOctets(2 * HELD)], interrupt),
      );
      assert(error.message.includes("TMPDIR"), error.message);
      assert(error.message.includes("full"), error.message);
      assertEquals(Array.from(Deno.readDirSync(disk.path)), []);
      // All of its room is there again.
      await Deno.writeFile(`${disk.path}/all`, new Uint8Array(290_000));
    });
  },
);
