import { assert, assertEquals } from "@std/assert";
import { latin1, randomCuts, seeded } from "../helpers/random.ts";
import { type Dialogue, PASSWORD, TestServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";
import { type Expected, ModelMaildrop, ModelSession } from "./rfc1939_model.ts";

const DIALOGUES = 1500;

type Random = () => number;

function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

function randomText(random: Random): string {
  const lines = Array.from({ length: Math.floor(random() * 12) }, () => {
    const line = pick(random, ["", ".", "..", ".x", "Subject: y", "\xff\0", "\r", "z".repeat(90)]);
    return line + "\r\n";
  });
  // Now and then one that does not fit into a buffer.
  return lines.join("") + (random() < 0.03 ? `${"L".repeat(78)}\r\n`.repeat(1800) : "");
}

function randomCommand(random: Random, signedIn: boolean): string {
  const number = Math.floor(random() * 7);
  const verb = pick(random, [
    "STAT",
    "LIST",
    "RETR",
    "TOP",
    "DELE",
    "RSET",
    "NOOP",
    "list",
    "Retr",
  ]);
  const good = verb.toUpperCase() === "TOP"
    ? `${verb} ${number} ${Math.floor(random() * 5)}`
    : /RETR|DELE/i.test(verb) || (verb.toUpperCase() === "LIST" && random() < 0.5)
    ? `${verb} ${number}`
    : verb;
  const odd = pick(random, [
    "",
    "WHAT",
    "RETR",
    "RETR one",
    "LIST 1 2",
    "DELE 00001",
    "TOP 1",
    "STAT ",
    "USER  two words ",
    "PASS",
    "\xfe",
    "RETR 4294967297",
  ]);
  if (random() < 0.1) return odd;
  if (signedIn) return random() < 0.03 ? "QUIT" : good;
  const password = random() < 0.8 ? PASSWORD : "wrong";
  return pick(random, ["USER me", `PASS ${password}`, `PASS ${password}`, good, "QUIT "]);
}

interface Planned {
  readonly line: string;
  readonly expected: Expected;
}

/** What a client says until the server must close; at times it goes away before that. */
function plan(random: Random, drop: ModelMaildrop): Planned[] {
  const session = new ModelSession(drop, PASSWORD);
  const planned: Planned[] = [];
  const length = 3 + Math.floor(random() * 40);
  const straight = random() < 0.7 ? ["USER me", `PASS ${PASSWORD}`] : [];
  let signedIn = false;
  while (planned.length < length) {
    const line = straight.shift() ?? randomCommand(random, signedIn);
    const expected = session.expect(line);
    planned.push({ line, expected });
    if (/^PASS/.test(line) && expected.status === "+OK") signedIn = true;
    if (expected.closes === true) break;
  }
  return planned;
}

async function check(me: Dialogue, { line, expected }: Planned, story: string): Promise<void> {
  const status = await me.line();
  assert(
    status.startsWith(expected.status),
    `${story}\n${line}: ${status}, not ${expected.status}`,
  );
  if (expected.lines !== undefined) assertEquals(await me.lines(), expected.lines, story);
  if (expected.message !== undefined) assertEquals(await me.message(), expected.message, story);
  if (expected.closes === true) await me.closed();
}

Deno.test(`${DIALOGUES} random pipelined dialogues are answered as RFC 1939 says`, async () => {
  const random = seeded(1939);
  for (let round = 0; round < DIALOGUES;) {
    const texts = Array.from({ length: Math.floor(random() * 6) }, () => randomText(random));
    const drop = new ModelMaildrop(texts);
    const store = new DoubleStore(texts);
    store.quick = random() < 0.5;
    await using server = new TestServer(store);
    // Several sessions, so that what one leaves behind is what the next one finds.
    for (let session = 0; session < 3; session++, round++) {
      const planned = plan(random, drop);
      const story = `round ${round}: ${planned.map(({ line }) => JSON.stringify(line)).join(", ")}`;
      const me = server.connect();
      const octets = latin1(planned.map(({ line }) => line + "\r\n").join(""));
      const pieces = randomCuts(octets, random);
      const sending = (async () => {
        for (const piece of pieces) await me.transport.write(piece);
      })();
      assert((await me.line()).startsWith("+OK "), story);
      for (const exchange of planned) await check(me, exchange, story);
      await sending.catch(() => {});
      me.transport.close();
      await server.ended(session + 1);
    }
    assertEquals(server.log.of("error"), []);
  }
});
