/** Servers whose replies do not end: each is refused, and none of them fills the memory. */
import { assert, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { exitCodeOf } from "../../lib/cli/exit_codes.ts";
import { Pop3Client } from "../../lib/client/client.ts";
import { downloadToStore } from "../../lib/client/download.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import { ProtocolError } from "../../lib/protocol/errors.ts";
import { MESSAGE_OVERRUN } from "../../lib/protocol/limits.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { latin1, text } from "../helpers/random.ts";

const MB = 1024 * 1024;

// Blocks of a power of two, for the transport cuts others into ever smaller pieces.
/** What a server says: `+OK ready` first, these to the commands in turn, the last one for ever. */
interface Script {
  readonly replies: readonly string[];
  readonly endless: string;
  /** One endless line for each line of the client's, not a flood. */
  readonly inTurn?: true;
}

// The memory is looked at every 4 MiB; the runtime clears up at least once in 128 of them.
const BLOCKS_A_LOOK = 64;
const LOOKS_A_CLEARING = 32;

/** The error of `work`, and how far the memory grew while the server sent, in octets. */
async function flooded(
  { replies, endless, inTurn }: Script,
  work: (client: Pop3Client) => Promise<unknown>,
): Promise<{ readonly error: unknown; readonly grown: number; readonly sent: number }> {
  const [transport, end] = memoryPair();
  const before = memoryNow();
  const looks: number[] = [];
  let sent = 0;
  const part = latin1(endless);
  const block = inTurn ? part : latin1(endless.repeat(Math.ceil(64 * 1024 / endless.length)));
  const heard = new Uint8Array(64 * 1024);
  const serving = (async () => {
    await end.write(latin1("+OK ready\r\n"));
    for (const reply of replies) {
      while (!text(heard.subarray(0, await end.read(heard))).includes("\n"));
      await end.write(latin1(reply));
    }
    for (let blocks = 0;; blocks++) {
      if (inTurn && await end.read(heard) === 0) break;
      await end.write(block);
      sent += block.length;
      if (blocks % BLOCKS_A_LOOK === 0) looks.push(memoryNow() - before);
    }
  })().catch(() => {});
  let error: unknown;
  {
    await using client = await Pop3Client.over(transport, { timeoutSeconds: 20, pipeline: "off" });
    error = await work(client).then(() => undefined, (reason) => reason);
  }
  end.close();
  await serving;
  return { error, grown: heldMost(looks), sent };
}

/** The most that stayed: what the runtime has not cleared up yet is not held by anybody. */
function heldMost(looks: readonly number[]): number {
  if (looks.length < LOOKS_A_CLEARING) return Math.max(0, ...looks);
  let most = 0;
  for (let end = LOOKS_A_CLEARING; end <= looks.length; end++) {
    most = Math.max(most, Math.min(...looks.slice(end - LOOKS_A_CLEARING, end)));
  }
  return most;
}

function memoryNow(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

function endlessly(
  name: string,
  script: Script,
  work: (client: Pop3Client) => Promise<unknown>,
  says: string,
  most: number,
): void {
  Deno.test(`${name} is refused, within ${most} MB`, async () => {
    const { error, grown, sent } = await flooded(script, work);
    assertInstanceOf(error, ProtocolError);
    assertStringIncludes(error.message, says);
    assert(exitCodeOf(error) === 76);
    assert(grown < most * MB, `${grown} octets for ${sent} that came`);
  });
}

async function retr(client: Pop3Client): Promise<void> {
  for await (const part of client.retr(1)) if (part.length === 0) throw new Error("empty");
}

const signIn = (method: "plain" | "login" | "xoauth2" | "scram-sha-256") => (client: Pop3Client) =>
  client.signIn({ user: "me", password: "secret", token: "secret", method });

endlessly(
  "a status line of megabytes",
  {
    replies: ["+OK"],
    endless: " more and more",
  },
  (client) => client.stat(),
  "longer than 8192 octets",
  16,
);

endlessly(
  "a line of a listing without end",
  {
    replies: ["+OK\r\n1 "],
    endless: "1234567890",
  },
  (client) => client.uidl(),
  "longer than 8192 octets",
  16,
);

endlessly(
  "a listing of CAPA without end",
  {
    replies: ["+OK\r\n"],
    endless: "X-MORE-OF-IT and more\r\n",
  },
  (client) => client.capa(),
  "does not end after 1000 lines",
  16,
);

// All that was accepted is held: that is what the limits are about.
endlessly(
  "a listing of LIST without end",
  {
    replies: ["+OK\r\n"],
    endless: "1 120\r\n",
  },
  (client) => client.list(),
  "does not end after 2000000 lines",
  400,
);

endlessly(
  "a listing of UIDL with ids without end",
  {
    replies: ["+OK\r\n"],
    endless: `1 ${"x".repeat(4092)}\r\n`,
  },
  (client) => client.uidl(),
  "does not end after 268435456 octets",
  800,
);

endlessly(
  "blank lines without end",
  {
    replies: [],
    endless: "\r\n",
  },
  (client) => client.stat(),
  "Cannot understand",
  16,
);

endlessly(
  "a message that goes on far behind its size",
  {
    replies: ["+OK 1 120\r\n", "+OK 120 octets\r\n"],
    endless: `${"x".repeat(62)}\r\n`,
  },
  retr,
  "Cannot read message 1",
  64,
);

endlessly(
  "a message that is one line without end",
  {
    replies: ["+OK 1 120\r\n", "+OK 120 octets\r\n"],
    endless: ".",
  },
  retr,
  "Cannot read message 1",
  64,
);

endlessly(
  "the top of a message without end",
  {
    replies: ["+OK\r\n"],
    endless: "X-Header: more\r\n",
  },
  async (client) => await Array.fromAsync(client.top(1, 0), ({ length }) => length),
  "the top",
  64,
);

endlessly(
  "a message without end on its way into a store",
  {
    replies: ["+OK\r\n1 120\r\n.\r\n", "+OK 120 octets\r\n"],
    endless: `${"x".repeat(62)}\r\n`,
  },
  async (client) => {
    const store = new FakeStore({ count: 0 });
    await client.list();
    const messages = [{ number: 1, size: 120 }];
    for await (const _ of downloadToStore(client, store, messages, { sourceid: "me@x" })) return;
  },
  `does not end after ${120 * 16 + MESSAGE_OVERRUN} octets`,
  1200,
);

for (const method of ["plain", "login", "xoauth2", "scram-sha-256"] as const) {
  endlessly(
    `a server that never stops asking (${method})`,
    {
      // It has no CAPA.
      replies: ["-ERR\r\n"],
      endless: "+ \r\n",
      inTurn: true,
    },
    signIn(method),
    "goes on asking",
    16,
  );
}
