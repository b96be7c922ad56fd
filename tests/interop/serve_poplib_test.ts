/**
 * Python's poplib fetches everything that serverpop3 serves.
 *
 * What poplib refuses: a line of more than 2,048 octets ("line too long", to bound its memory).
 * What it changes: it gives lines without their CRLF, which the script puts back.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { allMessages } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { runProgram } from "../helpers/program.ts";
import {
  differences,
  fileOrNothing,
  type ServedMessage,
  serveMessages,
} from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["python3"] },
  "poplib fetches every message of localfs octet for octet, but for lines that it refuses",
  async () => {
    await using served = await serveMessages(allMessages());
    const { server, messages, scratch } = served;
    const script = decodeURIComponent(new URL("poplib_fetch.py", import.meta.url).pathname);
    const where = [server.hostname, String(server.port), served.user, served.password, scratch];
    const { code, stdout, stderr } = await runProgram("python3", ["-I", script, ...where]);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });

    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    const expected = messages.map(({ number, wire }) =>
      `${number} ${wire.length} ${hasLongLine(wire) ? "line too long" : wire.length}`
    );
    assertEquals(lines.slice(0, -1), expected);
    assertEquals(lines.at(-1)?.slice(0, 3), "+OK");

    const got = ({ number }: ServedMessage) => fileOrNothing(`${scratch}/${number}`);
    const fetched = messages.filter(({ wire }) => !hasLongLine(wire));
    assertEquals(await differences(fetched, got), []);
  },
);

function hasLongLine(wire: Uint8Array): boolean {
  for (let start = 0; start < wire.length;) {
    const end = wire.indexOf(10, start) + 1;
    // Stuffed dots count as well, but none of our long lines begins with one.
    if (end - start > 2048) return true;
    start = end;
  }
  return false;
}
