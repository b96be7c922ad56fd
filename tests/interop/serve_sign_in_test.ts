/**
 * Real clients sign in at serverpop3 in every way that they know: in the clear, after STLS and over
 * TLS, with what is right and with what is wrong.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { editingProxy } from "../helpers/editing_proxy.ts";
import { GOOD_TOKEN, startIntrospection } from "../helpers/introspection.ts";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runProgram } from "../helpers/program.ts";
import { text } from "../helpers/random.ts";
import { CA, type Channel, CHANNELS, portFor, type Ports, serve } from "../helpers/served.ts";

const PASSWORD = "s3cret word";
const MESSAGES = 5;

/** Serves a few messages to whoever has the password or a token. */
async function serveWithTokens(stack: AsyncDisposableStack): Promise<Ports> {
  const { url } = stack.use(startIntrospection());
  return stack.use(
    await serve(
      ...["--password", PASSWORD, "--oauth-introspect", url],
      ...["--mimestore.count", `${MESSAGES}`, "--auth-penalty-max", "0"],
    ),
  );
}

permitted(
  { net: true, programs: ["curl"] },
  "curl signs in by every way that it knows, on every channel",
  async (t) => {
    await using stack = new AsyncDisposableStack();
    const served = await serveWithTokens(stack);
    for (const channel of CHANNELS) {
      await t.step(channel, async () => {
        for (const auth of ["+APOP", "PLAIN", "LOGIN"]) {
          const good = await curl(served, channel, auth, ["--user", `me:${PASSWORD}`]);
          assertEquals([good.code, good.stderr, lines(good)], [0, "", MESSAGES], auth);
          const bad = await curl(served, channel, auth, ["--user", "me:wrong"]);
          assertEquals(bad.code, 67, `${auth}: ${bad.stderr}`);
        }
        for (const auth of ["XOAUTH2", "OAUTHBEARER"]) {
          const token = (word: string) => ["--user", "me:", "--oauth2-bearer", word];
          const good = await curl(served, channel, auth, token(GOOD_TOKEN));
          assertEquals([good.code, good.stderr, lines(good)], [0, "", MESSAGES], auth);
          const bad = await curl(served, channel, auth, token("bad"));
          assertEquals(bad.code, 67, `${auth}: ${bad.stderr}`);
        }
      });
    }
  },
);

permitted(
  { net: true, programs: ["curl"] },
  "curl signs in by USER where it sees neither SASL nor a timestamp",
  async () => {
    await using served = await serve("--password", PASSWORD, "--mimestore.count", `${MESSAGES}`);
    // Only then does curl use USER; and only in the clear can the words be taken out.
    using proxy = editingProxy(
      served.server,
      (words) => words.replace(/^SASL .*\r\n/m, "").replace(/^(\+OK .*) <.*>/, "$1"),
    );
    const url = `pop3://127.0.0.1:${proxy.port}/`;
    const outcome = await runProgram("curl", ["-q", "-sS", "--user", `me:${PASSWORD}`, url]);
    assertEquals([outcome.code, outcome.stderr, lines(outcome)], [0, "", MESSAGES]);
    assertEquals(proxy.said, ["CAPA", "USER me", `PASS ${PASSWORD}`, "LIST", "QUIT"]);
  },
);

permitted(
  { net: true, write: true, programs: ["mpop"] },
  "mpop signs in by every way that it knows, on every channel",
  async (t) => {
    await using stack = new AsyncDisposableStack();
    const served = await serveWithTokens(stack);
    for (const channel of CHANNELS) {
      await t.step(channel, async () => {
        for (const auth of ["user", "apop", "plain", "login", "scram-sha-256"]) {
          assertEquals(await mpop(served, channel, auth, PASSWORD), [0, "", MESSAGES], auth);
          assertEquals((await mpop(served, channel, auth, "wrong"))[0], 77, auth);
        }
        for (const auth of ["oauthbearer", "xoauth2"]) {
          assertEquals(await mpop(served, channel, auth, GOOD_TOKEN), [0, "", MESSAGES], auth);
          assertEquals((await mpop(served, channel, auth, "bad"))[0], 77, auth);
        }
      });
    }
  },
);

function curl(
  served: Ports,
  channel: Channel,
  auth: string,
  who: readonly string[],
): Promise<Outcome> {
  const scheme = channel === "TLS" ? "pop3s" : "pop3";
  const url = `${scheme}://localhost:${portFor(served, channel)}/`;
  const tls = channel === "STLS" ? ["--ssl-reqd"] : [];
  const how = ["--login-options", `AUTH=${auth}`];
  return runProgram("curl", ["-q", "-4", "-sS", "--cacert", CA, ...tls, ...who, ...how, url]);
}

function lines({ stdout }: Outcome): number {
  return text(stdout).trim().split("\n").length;
}

/** Exit code, complaints, and how many messages were delivered. */
async function mpop(
  served: Ports,
  channel: Channel,
  auth: string,
  password: string,
): Promise<[code: number, stderr: string, messages: number]> {
  const folder = await Deno.makeTempDir({ prefix: "izypop3-mpop-" });
  try {
    for (const part of ["cur", "new", "tmp"]) await Deno.mkdir(`${folder}/${part}`);
    await Deno.writeTextFile(
      `${folder}/config`,
      `account test
host localhost
port ${portFor(served, channel)}
tls ${channel === "plain" ? "off" : "on"}
tls_starttls ${channel === "STLS" ? "on" : "off"}
tls_trust_file ${CA}
auth ${auth}
user me
password ${password}
delivery maildir ${folder}
uidls_file ${folder}/uidls
keep on
`,
      { mode: 0o600 },
    );
    const { code, stderr } = await runProgram("mpop", ["-q", "-C", `${folder}/config`, "test"]);
    return [code, stderr, [...Deno.readDirSync(`${folder}/new`)].length];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
