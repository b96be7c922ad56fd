/**
 * Python's poplib fetches everything that serverpop3 serves, and says all that it can say: in the
 * clear, after STLS and over TLS.
 *
 * What poplib refuses: a line of more than 2,048 octets ("line too long", to bound its memory).
 * What it changes: it gives lines without their CRLF, which the script puts back.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { allMessages } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runProgram } from "../helpers/program.ts";
import { text } from "../helpers/random.ts";
import {
  type Account,
  CA,
  type Channel,
  CHANNELS,
  differences,
  fileOrNothing,
  portFor,
  serve,
  type ServedMessage,
  serveMessages,
} from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["python3"] },
  "poplib fetches every message of localfs octet for octet, but for lines that it refuses",
  async (t) => {
    await using served = await serveMessages(allMessages());
    const { messages, scratch } = served;
    const fetched = messages.filter(({ wire }) => !hasLongLine(wire));
    const expected = messages.map(({ number, wire }) =>
      `${number} ${wire.length} ${hasLongLine(wire) ? "line too long" : wire.length}`
    );
    for (const channel of CHANNELS) {
      await t.step(channel, async () => {
        const folder = await Deno.makeTempDir({ dir: scratch });
        const { code, stdout, stderr } = await python("poplib_fetch.py", served, channel, folder);
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        const lines = text(stdout).trimEnd().split("\n");
        assertEquals(lines.slice(0, -1), expected);
        assertEquals(lines.at(-1)?.slice(0, 3), "+OK");
        const got = ({ number }: ServedMessage) => fileOrNothing(`${folder}/${number}`);
        assertEquals(await differences(fetched, got), []);
      });
    }
  },
);

for (const channel of CHANNELS) {
  permitted(
    { net: true, programs: ["python3"] },
    `poplib has every command answered as it expects, ${channel}`,
    async () => {
      const [user, password] = ["me", " a  secret "];
      const flags = ["--password", password, "--mimestore.count", "5", "--auth-penalty-max", "0"];
      await using served = await serve(...flags);
      const account = { ...served, user, password };
      const { code, stderr } = await python("poplib_dialogue.py", account, channel);
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
    },
  );
}

/** Runs a script beside this file; -I: nothing of the user's has a part in it. */
function python(
  name: string,
  account: Account,
  channel: Channel,
  ...more: string[]
): Promise<Outcome> {
  const script = decodeURIComponent(new URL(name, import.meta.url).pathname);
  const where = [channel, "localhost", portFor(account, channel), CA];
  const who = [account.user, account.password];
  return runProgram("python3", ["-I", script, ...where, ...who, ...more]);
}

function hasLongLine(wire: Uint8Array): boolean {
  for (let start = 0; start < wire.length;) {
    const end = wire.indexOf(10, start) + 1;
    // Stuffed dots count as well, but none of our long lines begins with one.
    if (end - start > 2048) return true;
    start = end;
  }
  return false;
}
