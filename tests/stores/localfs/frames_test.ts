import { assertEquals } from "@std/assert";
import {
  encodeChanges,
  encodeFolders,
  encodeRows,
  type IndexRow,
  readFrames,
} from "../../../lib/stores/localfs/frames.ts";
import { Table } from "../../../lib/stores/localfs/table.ts";
import { concat, seeded } from "../../helpers/random.ts";

function row(i: number): IndexRow {
  return {
    id: i.toString(16).padStart(16, "0"),
    fingerprint: i.toString(16).padStart(64, "f"),
    name: `sürce_${i}雪.eml`,
    identity: i % 3 === 0 ? JSON.stringify(["a\0b", `\ud800${i}`]) : "",
    tag: i % 6,
    created: 1_700_000_000_000 + i,
    date: -i,
    mtime: 1_700_000_000_000.5 + i,
    size: 2 ** 40 + i,
    kept: i,
    flags: i % 16,
  };
}

function rowsIn(octets: Uint8Array): IndexRow[] {
  const table = new Table();
  for (const frame of readFrames(octets).frames) {
    if (frame.type === "rows") table.addBlock(frame.block);
  }
  return Array.from({ length: table.count }, (_, i) => table.row(i));
}

Deno.test("rows come back as they were, in one frame or in many", () => {
  const rows = Array.from({ length: 100 }, (_, i) => row(i));
  assertEquals(rowsIn(encodeRows(rows)), rows);
  assertEquals(rowsIn(concat(rows.map((row) => encodeRows([row])))), rows);
  assertEquals(rowsIn(encodeRows([])), []);
});

Deno.test("changes and folders come back as they were", () => {
  const changes = [{ row: 0, to: 5 }, { row: 4_000_000_000, to: 255 }];
  const times = [1.5, NaN, -1, 1e12, 0, 7];
  const read = readFrames(concat([encodeChanges(changes), encodeFolders(times)]));
  assertEquals(read.frames, [{ type: "changes", changes }, { type: "folders", times }]);
  assertEquals(read.damaged, false);
});

Deno.test("frames that are cut anywhere are read up to the last whole one", () => {
  const frames = [encodeRows([row(1)]), encodeChanges([{ row: 0, to: 2 }]), encodeRows([row(2)])];
  const whole = concat(frames);
  const borders = [0];
  for (const frame of frames) borders.push((borders.at(-1) ?? 0) + frame.length);
  for (let length = 0; length <= whole.length; length++) {
    const read = readFrames(whole.slice(0, length));
    assertEquals(read.end, borders.findLast((border) => border <= length));
    assertEquals(read.damaged, !borders.includes(length));
  }
});

Deno.test("a single wrong bit is found", () => {
  const whole = concat([encodeRows([row(1), row(2)]), encodeChanges([{ row: 0, to: 2 }])]);
  const random = seeded(3);
  for (let i = 0; i < 400; i++) {
    const damaged = whole.slice();
    const at = Math.floor(random() * whole.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    assertEquals(readFrames(damaged).damaged, true, `octet ${at}`);
  }
});
