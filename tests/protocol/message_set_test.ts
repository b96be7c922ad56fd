import { assertEquals, assertThrows } from "@std/assert";
import { MessageSetError } from "../../lib/protocol/errors.ts";
import {
  type MessageSet,
  needsUids,
  parseMessageSet,
  selectNumbers,
} from "../../lib/protocol/message_set.ts";
import { seeded } from "../helpers/random.ts";

/** A mailbox with gaps, not in order, and with a uid that two messages share. */
const LISTING = [
  { number: 1, uid: "a" },
  { number: 2, uid: "b" },
  { number: 10, uid: "twin" },
  { number: 4, uid: "d:1" },
  { number: 5 },
  { number: 7, uid: "twin" },
];

const SETS: readonly (readonly [text: string, set: MessageSet, numbers: readonly number[]])[] = [
  ["3", [{ kind: "range", from: 3, to: 3 }], []],
  ["4", [{ kind: "range", from: 4, to: 4 }], [4]],
  ["1-10", [{ kind: "range", from: 1, to: 10 }], [1, 2, 4, 5, 7, 10]],
  ["1 - 4", [{ kind: "range", from: 1, to: 4 }], [1, 2, 4]],
  ["5-", [{ kind: "range", from: 5, to: undefined }], [5, 7, 10]],
  ["11-", [{ kind: "range", from: 11, to: undefined }], []],
  ["7-7", [{ kind: "range", from: 7, to: 7 }], [7]],
  ["0000000002", [{ kind: "range", from: 2, to: 2 }], [2]],
  ["1-9999999999", [{ kind: "range", from: 1, to: 9_999_999_999 }], [1, 2, 4, 5, 7, 10]],
  ["last:2", [{ kind: "last", count: 2 }], [7, 10]],
  ["LAST:20", [{ kind: "last", count: 20 }], [1, 2, 4, 5, 7, 10]],
  ["last:0", [{ kind: "last", count: 0 }], []],
  ["uid:b", [{ kind: "uid", uid: "b" }], [2]],
  ["uid:B", [{ kind: "uid", uid: "B" }], []],
  ["Uid:twin", [{ kind: "uid", uid: "twin" }], [7, 10]],
  ["uid:d:1", [{ kind: "uid", uid: "d:1" }], [4]],
  ["uid:1-2", [{ kind: "uid", uid: "1-2" }], []],
];

for (const [text, set, numbers] of SETS) {
  Deno.test(`the message set ${text} means ${numbers.length} of the mailbox's messages`, () => {
    assertEquals(parseMessageSet(text), set);
    assertEquals(selectNumbers(set, LISTING), numbers);
  });
}

Deno.test("terms mix in any order; what they mean ascends and does not repeat", () => {
  const set = parseMessageSet(" last:1 , 4-5,uid:twin,uid:a, 5,1-2 ");
  assertEquals(selectNumbers(set, LISTING), [1, 2, 4, 5, 7, 10]);
  assertEquals(selectNumbers(parseMessageSet("7,1"), LISTING), [1, 7]);
});

Deno.test("a set means nothing in an empty mailbox", () => {
  assertEquals(selectNumbers(parseMessageSet("1-,last:5,uid:a"), []), []);
});

Deno.test("uids are needed only where a term names one", () => {
  assertEquals(needsUids(parseMessageSet("1,2-,last:3")), false);
  assertEquals(needsUids(parseMessageSet("1,uid:x")), true);
});

const WRONG: readonly (readonly [text: string, reason: string])[] = [
  ["", "write numbers"],
  ["1,", "write numbers"],
  [",", "write numbers"],
  ["a", '"a"'],
  ["1,2,x-3", '"x-3"'],
  ["-5", "write numbers"],
  ["1--2", "write numbers"],
  ["1-2-3", "write numbers"],
  ["1.5", "write numbers"],
  ["0x1", "write numbers"],
  ["+1", "write numbers"],
  ["last", "write numbers"],
  ["last:", "write numbers"],
  ["last:-1", "write numbers"],
  ["first:1", "write numbers"],
  ["0", "start at 1"],
  ["0-5", "start at 1"],
  ["10-1", "ends before it begins"],
  ["12345678901", "at most 10 digits"],
  ["1-12345678901", "at most 10 digits"],
  ["last:12345678901", "at most 10 digits"],
  ["uid:", "uid is missing"],
  ["1,uid: ", "uid is missing"],
];

for (const [text, reason] of WRONG) {
  Deno.test(`the message set ${JSON.stringify(text)} is refused, and the reason said`, () => {
    assertThrows(() => parseMessageSet(text), MessageSetError, reason);
  });
}

Deno.test("selectNumbers agrees with going through all messages for every term", () => {
  const random = seeded(91);
  for (let round = 0; round < 300; round++) {
    const numbers = Array.from({ length: 30 }, () => 1 + Math.floor(random() * 50));
    const listing = [...new Set(numbers)].map((number) => ({ number, uid: `u${number % 7}` }));
    const from = 1 + Math.floor(random() * 50);
    const to = from + Math.floor(random() * 10);
    const text = `${from}-${to},uid:u${from % 9},${to + 3},${from + 40}-`;
    const wanted = listing.filter(({ number, uid }) =>
      (number >= from && number <= to) || uid === `u${from % 9}` || number === to + 3 ||
      number >= from + 40
    );
    assertEquals(
      selectNumbers(parseMessageSet(text), listing),
      wanted.map(({ number }) => number).sort((a, b) => a - b),
    );
  }
});

Deno.test("a set of many terms over a large mailbox is not a matter of minutes", () => {
  const listing = Array.from({ length: 100_000 }, (_, index) => ({ number: index + 1 }));
  const odd = listing.filter(({ number }) => number % 2 === 1).map(({ number }) => number);
  assertEquals(selectNumbers(parseMessageSet(odd.join(",")), listing), odd);
});
