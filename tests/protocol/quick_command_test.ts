import { assertEquals } from "@std/assert";
import { parseCommand } from "../../lib/protocol/command.ts";
import { readQuickly } from "../../lib/protocol/quick_command.ts";
import { latin1, seeded } from "../helpers/random.ts";

Deno.test("what clients send by the thousand is read quickly", () => {
  assertEquals(readQuickly(latin1("NOOP")), { verb: "NOOP" });
  assertEquals(readQuickly(latin1("stat")), { verb: "STAT" });
  assertEquals(readQuickly(latin1("RETR 1")), { verb: "RETR", number: 1 });
  assertEquals(readQuickly(latin1("dElE 000000001")), { verb: "DELE", number: 1 });
  assertEquals(readQuickly(latin1("LIST 123456789")), { verb: "LIST", number: 123456789 });
});

Deno.test("everything else is left to the full parser", () => {
  const others = ["", "NOO", "NOOP ", "NOOP 1", "RETR", "RETR ", "RETR 0", "RETR -1", "RETR 1 "];
  const more = [
    "RETR  1",
    "RETR 1x",
    "RETR\t1",
    "TOP 1 1",
    "RETR 1234567890",
    "PASS 1",
    "\x12ETR 1",
  ];
  for (const line of [...others, ...more]) assertEquals(readQuickly(latin1(line)), undefined, line);
});

Deno.test("the quick reader and the full parser agree on whatever the quick one reads", () => {
  const random = seeded(7);
  const words = [
    "RETR",
    "retr",
    "LIST",
    "UIDL",
    "DELE",
    "STAT",
    "NOOP",
    "QUIT",
    "TOP",
    " ",
    "\x13",
  ];
  let read = 0;
  for (let round = 0; round < 20_000; round++) {
    const word = words[Math.floor(random() * words.length)] ?? "";
    const octets = latin1(`${word} ${Math.floor(10 ** (random() * 12))}`);
    const cut = octets.slice(0, random() < 0.3 ? word.length : octets.length);
    if (random() < 0.3) cut[Math.floor(random() * cut.length)] = Math.floor(random() * 256);
    const quick = readQuickly(cut);
    if (quick === undefined) continue;
    read++;
    // A space at the end is tolerated by the full parser, and too much for the quick one.
    assertEquals(parseCommand(Uint8Array.of(...cut, 0x20)), quick);
  }
  assertEquals(read > 5000, true);
});
