/**
 * curl fetches everything that serverpop3 serves, in the clear, after STLS and over TLS.
 *
 * What curl adds: an empty message arrives as one CRLF (the CRLF of the end-of-message line counts
 * as the message's, since there is no other line that it could belong to). Nothing else.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { allMessages, tenMegabyteLine } from "../helpers/corpus.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runProgram } from "../helpers/program.ts";
import { latin1 } from "../helpers/random.ts";
import {
  type Account,
  CA,
  type Channel,
  CHANNELS,
  differences,
  fileOrNothing,
  listedSizes,
  portFor,
  type ServedMessage,
  serveMessages,
} from "../helpers/served.ts";

permitted(
  { net: true, write: true, programs: ["curl"] },
  "curl fetches every message of localfs octet for octet",
  async (t) => {
    await using served = await serveMessages([...allMessages(), tenMegabyteLine()]);
    const { messages, scratch } = served;

    for (const channel of CHANNELS) {
      await t.step(`over one connection, ${channel}`, async () => {
        const files = ["-o", `${scratch}/${channel}#1`];
        const { code, stderr } = await curl(served, `/[1-${messages.length}]`, channel, ...files);
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        const got = ({ number }: ServedMessage) => fileOrNothing(`${scratch}/${channel}${number}`);
        assertEquals(await differences(messages, got, whatCurlWrites), []);
      });
    }

    await t.step("LIST gives the size of each as it arrives", async () => {
      const { stdout } = await curl(served, "/");
      assertEquals(
        listedSizes(new TextDecoder().decode(stdout)),
        new Map(messages.map((message) => [message.number, message.wire.length])),
      );
    });

    await t.step("a number too high is refused, and curl says so", async () => {
      const { code } = await curl(served, `/${messages.length + 1}`);
      assertEquals(code, 8); // curl's "server said data curl could not parse"
    });

    await t.step("a wrong password is refused, and curl says so", async () => {
      const { code } = await curl({ ...served, password: "wrong" }, "/");
      assertEquals(code, 67); // curl's "the user name, password or similar was not accepted"
    });
  },
);

function curl(
  served: Account,
  path: string,
  channel: Channel = "plain",
  ...args: string[]
): Promise<Outcome> {
  const scheme = channel === "TLS" ? "pop3s" : "pop3";
  const url = `${scheme}://${served.server.hostname}:${portFor(served, channel)}${path}`;
  const tls = channel === "STLS" ? ["--ssl-reqd", "--cacert", CA] : ["--cacert", CA];
  const user = ["--user", `${served.user}:${served.password}`];
  // -q: the user's own .curlrc has no part in this.
  return runProgram("curl", ["-q", "-sS", ...user, ...tls, url, ...args]);
}

function whatCurlWrites({ wire }: ServedMessage): Uint8Array {
  return wire.length === 0 ? latin1("\r\n") : wire;
}
