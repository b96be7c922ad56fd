/**
 * Real clients sign in at serverpop3 in every way there is: in the clear, after STLS, over TLS.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { permitted } from "../helpers/permissions.ts";
import { type Outcome, runProgram, serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { latin1 } from "../helpers/random.ts";

const PASSWORD = "s3cret word";
const CA = certificate("ca.pem");

function certificate(name: string): string {
  return new URL(`../helpers/certs/${name}`, import.meta.url).pathname;
}

interface Served extends AsyncDisposable {
  readonly server: ServerProgram;
  readonly tlsPort: number;
}

async function serve(...args: string[]): Promise<Served> {
  const server = await serveIzypop3([
    ...["--tls-cert", certificate("server.pem"), "--tls-key", certificate("server.key")],
    ...["--tls-port", "0", "--mimestore.count", "5", ...args],
  ]);
  const tlsPort = Number(/offers TLS on \S+:(\d+)$/m.exec(server.log())?.[1]);
  return { server, tlsPort, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const WAYS = ["plain", "STLS", "TLS"] as const;

function curl({ server, tlsPort }: Served, way: string, ...args: string[]): Promise<Outcome> {
  const url = way === "TLS" ? `pop3s://localhost:${tlsPort}/` : `pop3://localhost:${server.port}/`;
  const stls = way === "STLS" ? ["--ssl-reqd"] : [];
  return runProgram("curl", ["-q", "-4", "-sS", "--cacert", CA, ...stls, ...args, url]);
}

function lines({ stdout }: Outcome): number {
  return new TextDecoder().decode(stdout).trim().split("\n").length;
}

permitted({ net: true, programs: ["curl"] }, "curl signs in by APOP, PLAIN and LOGIN", async () => {
  await using served = await serve("--password", PASSWORD);
  for (const way of WAYS) {
    for (const auth of ["+APOP", "PLAIN", "LOGIN"]) {
      const outcome = await curl(
        served,
        way,
        ...["--user", `me:${PASSWORD}`, "--login-options", `AUTH=${auth}`],
      );
      assertEquals([outcome.code, outcome.stderr, lines(outcome)], [0, "", 5], `${way} ${auth}`);
    }
  }
});

permitted(
  { net: true, programs: ["curl"] },
  "curl signs in by XOAUTH2 and OAUTHBEARER",
  async () => {
    const introspection = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const token = new URLSearchParams(await request.text()).get("token");
        return Response.json(
          token === "good" ? { active: true, username: "me" } : { active: false },
        );
      },
    );
    const url = `http://127.0.0.1:${introspection.addr.port}/`;
    try {
      await using served = await serve("--oauth-introspect", url, "--auth-penalty-max", "0");
      for (const way of WAYS) {
        for (const auth of ["XOAUTH2", "OAUTHBEARER"]) {
          for (const [token, code] of [["good", 0], ["bad", 67]] as const) {
            const outcome = await curl(
              served,
              way,
              ...["--user", "me:", "--oauth2-bearer", token, "--login-options", `AUTH=${auth}`],
            );
            assertEquals(outcome.code, code, `${way} ${auth} ${token}: ${outcome.stderr}`);
          }
        }
      }
    } finally {
      await introspection.shutdown();
    }
  },
);

permitted({ net: true, programs: ["openssl"] }, "openssl s_client upgrades by STLS", async () => {
  await using served = await serve("--password", PASSWORD, "--require-tls");
  const { stdout } = await runProgram("openssl", [
    ...["s_client", "-connect", `127.0.0.1:${served.server.port}`, "-starttls", "pop3"],
    ...["-CAfile", CA, "-verify_return_error", "-quiet", "-ign_eof"],
  ], { stdin: latin1(`USER me\r\nPASS ${PASSWORD}\r\nSTAT\r\nQUIT\r\n`) });
  assertMatch(new TextDecoder().decode(stdout), /\+OK 5 \d+\r\n\+OK Bye/);
});

permitted(
  { net: true, write: true, programs: ["mpop"] },
  "mpop signs in by SCRAM-SHA-256 and fetches pipelined, over TLS and after STLS",
  async () => {
    await using served = await serve("--password", PASSWORD, "--require-tls");
    for (const way of ["TLS", "STLS"]) {
      const folder = await Deno.makeTempDir({ prefix: "izypop3-mpop-" });
      try {
        for (const part of ["cur", "new", "tmp"]) await Deno.mkdir(`${folder}/${part}`);
        await Deno.writeTextFile(
          `${folder}/config`,
          `account test
host localhost
port ${way === "TLS" ? served.tlsPort : served.server.port}
tls on
tls_starttls ${way === "TLS" ? "off" : "on"}
tls_trust_file ${CA}
auth scram-sha-256
user me
password ${PASSWORD}
delivery maildir ${folder}
uidls_file ${folder}/uidls
pipelining on
keep on
`,
          { mode: 0o600 },
        );
        const { code, stderr } = await runProgram("mpop", ["-q", "-C", `${folder}/config`, "test"]);
        assertEquals([code, stderr], [0, ""], way);
        assertEquals([...Deno.readDirSync(`${folder}/new`)].length, 5);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
  },
);

permitted({ net: true, programs: ["python3"] }, "poplib upgrades by STLS", async () => {
  await using served = await serve("--password", PASSWORD, "--require-tls");
  const program = `
import poplib, ssl, sys
pop = poplib.POP3("localhost", int(sys.argv[1]), timeout=20)
assert "STLS" in pop.capa() and "USER" not in pop.capa()
pop.stls(ssl.create_default_context(cafile=sys.argv[2]))
assert "STLS" not in pop.capa() and "USER" in pop.capa()
pop.user("me"); pop.pass_(sys.argv[3])
assert pop.stat()[0] == 5
pop.quit()
`;
  const args = ["-c", program, `${served.server.port}`, CA, PASSWORD];
  const { code, stderr } = await runProgram("python3", args);
  assertEquals([code, stderr], [0, ""]);
});
