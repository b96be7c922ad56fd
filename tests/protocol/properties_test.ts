/** What holds for all octets that a peer can send; examples of each are in the files beside. */
import { assert, assertEquals } from "@std/assert";
import {
  type Command,
  describeCommand,
  encodeCommand,
  parseCommand,
} from "../../lib/protocol/command.ts";
import { canonicalOctets, CrlfRepairer, measureWire, WireMeter } from "../../lib/protocol/crlf.ts";
import { DotDecoder } from "../../lib/protocol/dot_decoder.ts";
import { DotEncoder } from "../../lib/protocol/dot_encoder.ts";
import { CommandError } from "../../lib/protocol/errors.ts";
import { LineBuffer } from "../../lib/protocol/line_buffer.ts";
import { COMMAND_LINE_LIMIT } from "../../lib/protocol/limits.ts";
import { encodeStatusLine, parseStatusLine, type Reply } from "../../lib/protocol/reply.ts";
import { TopSlicer } from "../../lib/protocol/top_slicer.ts";
import { naiveCanonical, naiveStuffed, naiveTop } from "../helpers/naive_codec.ts";
import { cut, fc, holdsForAll, nastyOctets, octetText } from "../helpers/property.ts";
import { concat, latin1, text } from "../helpers/random.ts";
import { read, type Said } from "../server/model/grammar.ts";

const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 });
const message = nastyOctets(120);
const canonical = message.map(naiveCanonical);

Deno.test("a message that was stuffed, cut anyhow and un-stuffed is what it was", () => {
  holdsForAll(fc.tuple(canonical, cuts, cuts, nastyOctets(8)), ([octets, here, there, behind]) => {
    const encoder = new DotEncoder();
    const stuffed = concat([
      ...cut(octets, here).map((each) => encoder.push(each)),
      encoder.finish(),
    ]);
    assertEquals(stuffed, naiveStuffed(octets));
    const decoder = new DotDecoder({ lineEnding: "crlf" });
    const decoded: Uint8Array[] = [];
    let rest = 0;
    for (const piece of cut(concat([stuffed, behind]), there)) {
      const isBehind = decoder.state === "ended";
      if (!isBehind) decoded.push(...[decoder.push(piece)].flat().map((each) => each.slice()));
      rest += isBehind ? piece.length : decoder.rest.length;
    }
    assertEquals([decoder.state, rest], ["ended", behind.length]);
    assertEquals(concat(decoded), octets);
  }, { runs: 1000 });
});

Deno.test("octets in canonical form are repaired no further, and measured as they are", () => {
  holdsForAll(fc.tuple(message, cuts), ([octets, lengths]) => {
    const wire = naiveCanonical(octets);
    assertEquals(canonicalOctets(octets), wire);
    assertEquals(canonicalOctets(wire), wire);
    const repairer = new CrlfRepairer();
    const repaired = cut(octets, lengths).map((each) => repairer.push(each).slice());
    assertEquals(concat([...repaired, repairer.finish()]), wire);
    const meter = new WireMeter();
    for (const piece of cut(octets, lengths)) meter.push(piece);
    assertEquals(meter.finish(), measureWire(octets));
    assertEquals(meter.finish().size, wire.length);
  });
});

Deno.test("TOP's lines are the same however a message is cut", () => {
  const lines = fc.integer({ min: 0, max: 5 });
  holdsForAll(fc.tuple(canonical, cuts, lines), ([octets, lengths, count]) => {
    const slicer = new TopSlicer(count);
    assertEquals(
      concat(cut(octets, lengths).map((each) => slicer.push(each))),
      naiveTop(octets, count),
    );
  });
});

Deno.test("lines come out of a stream as they went in, none held beyond the limit", () => {
  const limit = fc.integer({ min: 3, max: 20 });
  holdsForAll(fc.tuple(nastyOctets(100), cuts, limit), ([octets, lengths, most]) => {
    const lines = new LineBuffer(most);
    const got: string[] = [];
    for (const piece of cut(octets, lengths)) {
      lines.push(piece);
      // One line that is being dropped, and what the last push brought.
      assert(lines.buffered <= most + 1 + piece.length, `${lines.buffered} octets are held`);
      for (let line = lines.next(); line !== undefined; line = lines.next()) {
        got.push(line.tooLong ? "(too long)" : text(line.octets));
      }
    }
    const wanted = text(octets).split("\n").slice(0, -1).map((line) =>
      line.length + 1 > most ? "(too long)" : line.replace(/\r$/, "")
    );
    assertEquals(got, wanted);
  });
});

const VERBS = "USER PASS APOP AUTH CAPA STLS UTF8 LANG STAT LIST UIDL RETR TOP DELE NOOP RSET QUIT";
const verb = fc.oneof(
  fc.constantFrom(...VERBS.split(" ")),
  fc.constantFrom("retr", "LiSt", "XTND", "RETRX", ""),
);
const word = fc.oneof(
  fc.constantFrom("1", "0", "007", "9999999999", "10000000000", "-1", "1.0", "0x1", "", "*", "="),
  fc.constantFrom("en", "en-GB", "en--", "PLAIN", "SCRAM-SHA-256", "a".repeat(32), "AAAA", "AA=A"),
  octetText({ maxLength: 6 }).map((each) => each.replaceAll("\n", "")),
);
const space = fc.constantFrom(" ", " ", " ", "  ", "\t");
const commandLine = fc.oneof(
  fc.tuple(verb, fc.array(fc.tuple(space, word), { maxLength: 3 }), fc.constantFrom("", "", " "))
    .map(([first, words, end]) => first + words.flat().join("") + end),
  octetText({ maxLength: 30 }).map((each) => each.replaceAll("\n", "")),
);

Deno.test("a line is the command that the RFCs make of it, or none", () => {
  holdsForAll(commandLine, (line) => {
    assertEquals(readOurs(line), read(line, 2), JSON.stringify(line));
  }, { runs: 5000 });
});

/** In the model's words. */
function readOurs(line: string): Said | undefined {
  let command: Command;
  try {
    command = parseCommand(latin1(line));
  } catch (error) {
    assert(error instanceof CommandError);
    assert(/^[\x20-\x7e]+$/.test(error.message));
    return undefined;
  }
  return command.verb === "PASS" ? { verb: "PASS", password: text(command.password) } : command;
}

Deno.test("a command that was read is written and read again as the same", () => {
  holdsForAll(commandLine, (line) => {
    const said = readOurs(line);
    if (said === undefined) return;
    const command = parseCommand(latin1(line));
    const lone = /[\r]/.test(line) ? undefined : encodeCommand(command);
    if (lone === undefined) return;
    assert(lone.length <= COMMAND_LINE_LIMIT || line.length + 2 > COMMAND_LINE_LIMIT);
    assertEquals(parseCommand(lone.subarray(0, -2)), command);
  }, { runs: 2000 });
});

Deno.test("what a log shows of a command is one line without its secret", () => {
  const secret = octetText({ minLength: 8, maxLength: 40 })
    .map((each) => "s3cret" + each.replaceAll("\n", ""));
  holdsForAll(secret, (password) => {
    const shown = describeCommand(parseCommand(latin1(`PASS ${password}`)));
    assertEquals(shown, "PASS ***");
    const initial = btoa(password);
    const auth = describeCommand(parseCommand(latin1(`AUTH PLAIN ${initial}`)));
    assert(!auth.includes(initial) && /^[\x20-\x7e]+$/.test(auth), auth);
  });
});

Deno.test("a reply is one line of 512 octets at most, and reads as it was meant", () => {
  const texts = fc.oneof(fc.string({ unit: "binary", maxLength: 700 }), octetText());
  const reply: fc.Arbitrary<Reply> = fc.oneof(
    texts.map((text): Reply => ({ kind: "ok", text })),
    texts.map((text): Reply => ({ kind: "err", text })),
    texts.map((text): Reply => ({ kind: "err", text, code: "AUTH" })),
  );
  holdsForAll(reply, (each) => {
    const line = encodeStatusLine(each);
    assert(line.length <= 512 && line.indexOf(10) === line.length - 1);
    assertEquals(line.at(-2), 13);
    const read = parseStatusLine(line.subarray(0, -2));
    assertEquals(read?.status, each.kind);
    // RFC 2449 §8: a bracket is a response code, so a text must not begin with one.
    const code = read !== undefined && "code" in read ? read.code : undefined;
    assertEquals(code, each.kind === "err" ? each.code : undefined);
  }, { runs: 300 });
});
