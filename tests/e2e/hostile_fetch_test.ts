/**
 * The program itself against each server of the table that was measured on other clients (docs/quirks.md): the octets of the file are those of the message, or it ends with an error, says why,
 * and keeps nothing.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { answeringServer } from "../helpers/answering_server.ts";
import { client, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1, text } from "../helpers/random.ts";

/** What one message is on the wire behind `+OK`, and what must be in the file. */
interface Row {
  readonly wire: string;
  /** The octets of the file; without them the run must fail with `refused`. */
  readonly kept?: string;
  /** Exit code, and a part of what is said. */
  readonly refused?: readonly [code: number, words: RegExp];
  /** What LIST says of its size. @default {that of `kept`} */
  readonly size?: number;
  /** How the server's lines end. @default {CRLF} */
  readonly ending?: "\n";
  /** Answers that differ from the usual. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly greeting?: string;
  /** Seconds; short only where it is what ends the run. @default {20} */
  readonly timeout?: number;
  /** The server closes behind this command. */
  readonly hangUpAfter?: string;
}

const HEADER = "Subject: x\r\n\r\n";
const PLAIN = `${HEADER}abc\r\n`;
const LONG = "x".repeat(100_000);
const exact = (kept: string, more: Partial<Row> = {}): Row => ({
  wire: `${kept}.\r\n`,
  kept,
  ...more,
});

const ROWS: Readonly<Record<string, Row>> = {
  "stuffed lines and a stuffed first octet": {
    wire: "..first\r\n\r\n..\r\n...two\r\n.\r\n",
    kept: ".first\r\n\r\n.\r\n..two\r\n",
  },
  "a line that begins with a dot and was not stuffed": exact(`${HEADER}.foo\r\nb\r\n`),
  "a session in bare LF": {
    wire: "Subject: x\n\n..a\nb\n.\n",
    kept: "Subject: x\n\n.a\nb\n",
    ending: "\n",
  },
  "a dot between bare LFs": exact(`${HEADER}a\n.\nb\n.\n\r\nc\r\n`),
  "a line of a dot and NUL": exact(`${HEADER}.\0more\r\nb\r\n`),
  "NUL in the body": exact(`${HEADER}a\0b\r\n`),
  "8-bit octets that are no UTF-8": exact(`${HEADER}\xe9\xff\xc3\x28\xfe\x80\r\n`),
  "a line of 5,000 octets": exact(`${HEADER}${LONG.slice(0, 5000)}\r\n`),
  "a line of 100,000 octets": exact(`${HEADER}${LONG}\r\n`),
  "lone CRs": exact(`${HEADER}a\rb\r\r\rc\r\n`),
  "a server that closes before the final dot": {
    wire: `${HEADER}half`,
    size: 90,
    hangUpAfter: "RETR 1",
    refused: [75, /Cannot get message 1 from .*closed the connection/],
  },
  "an empty message": exact(""),
  "a size in LIST that is too small": exact(PLAIN, { size: 3 }),
  "a size in LIST that is too large": exact(PLAIN, { size: 5000 }),
  "a size in LIST of 3e9": exact(PLAIN, { size: 3_000_000_000 }),
  "no UIDL, no CAPA, no TOP": exact(PLAIN, {
    answers: { CAPA: "-ERR\r\n", UIDL: "-ERR\r\n", TOP: "-ERR\r\n" },
  }),
  "UIDL with three spaces": exact(PLAIN, { answers: { UIDL: "+OK\r\n1   abc\r\n.\r\n" } }),
  "a blank UIDL": exact(PLAIN, { answers: { UIDL: "+OK\r\n1 \r\n.\r\n" } }),
  "a UIDL of 80 characters": exact(PLAIN, {
    answers: { UIDL: `+OK\r\n1 ${"u".repeat(80)}\r\n.\r\n` },
  }),
  "-ERR without text to CAPA and a bare +OK as greeting": exact(PLAIN, {
    greeting: "+OK\r\n",
    answers: { CAPA: "-ERR\r\n" },
  }),
  "a STAT of two where LIST and UIDL have one": exact(PLAIN, {
    answers: { STAT: "+OK 2 400\r\n" },
  }),
  "a final dot glued to the last octet, of the size that LIST says": {
    wire: `${HEADER}abc.\r\n`,
    kept: `${HEADER}abc`,
  },
  "a final dot glued to the last octet, and no size": {
    wire: `${HEADER}abc.\r\n`,
    timeout: 3,
    answers: { LIST: "+OK\r\n1 none\r\n.\r\n", "LIST 1": "-ERR no\r\n" },
    refused: [75, /Cannot get message 1 from .*no progress for/],
  },
};

for (const [name, row] of Object.entries(ROWS)) {
  const what = row.refused === undefined ? "is fetched to the octet" : "is refused, and told";
  permitted(PROGRAMS, `${name}: ${what}`, async () => {
    await using folder = await temporaryFolder();
    await using server = serverOf(row);
    const store = ["--store", "localfs", "--mimestore.path", folder.path];
    const flags = ["--auth", "user", "--timeout", `${row.timeout ?? 20}`];
    const { code, err } = await client(server, ["sync", ...store, ...flags, "--retries", "0"]);
    const mails = [...Deno.readDirSync(folder.path)].filter(({ name }) => name.endsWith(".eml"));
    if (row.refused === undefined) {
      assertEquals(code, 0, err);
      const kept = mails.map(({ name }) => text(Deno.readFileSync(`${folder.path}/${name}`)));
      assertEquals(kept, [row.kept]);
    } else {
      const [expected, words] = row.refused;
      assertEquals([code, mails.length], [expected, 0], err);
      assertMatch(err, words);
      assert(!server.commands().some((line) => /^(DELE|QUIT)/.test(line)));
    }
  });
}

function serverOf(row: Row): ReturnType<typeof answeringServer> {
  const { wire, kept = "", size = latin1(kept).length, greeting = "+OK ready\r\n" } = row;
  const answers: Readonly<Record<string, string>> = {
    LIST: `+OK\r\n1 ${size}\r\n.\r\n`,
    "LIST 1": `+OK 1 ${size}\r\n`,
    UIDL: "+OK\r\n1 abc\r\n.\r\n",
    CAPA: "-ERR unknown\r\n",
    USER: "+OK\r\n",
    PASS: "+OK\r\n",
    NOOP: "+OK\r\n",
    QUIT: "+OK\r\n",
    ...row.answers,
  };
  const ended = (reply: string): string =>
    row.ending === undefined ? reply : reply.replaceAll("\r\n", row.ending);
  const all = Object.entries(answers).map(([verb, reply]) => [verb, ended(reply)] as const);
  const retr = ["RETR 1", `${ended("+OK\r\n")}${wire}`] as const;
  return answeringServer(ended(greeting), Object.fromEntries([...all, retr]), row.hangUpAfter);
}
