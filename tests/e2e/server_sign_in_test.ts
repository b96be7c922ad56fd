/** serverpop3's users, TLS and signals, and passwd, as one has them on the command line. */
import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { client, izypop3, PASSWORD, PROGRAMS, temporaryFolder } from "../helpers/command_line.ts";
import { permitted } from "../helpers/permissions.ts";
import { serveIzypop3, type ServerProgram } from "../helpers/program.ts";
import { Dialogue } from "../server/dialogue.ts";

const CERTS = new URL("../helpers/certs/", import.meta.url);

function certificate(name: string): string {
  return new URL(name, CERTS).pathname;
}

async function copyPair(name: string, folder: string): Promise<readonly string[]> {
  await Deno.copyFile(certificate(`${name}.pem`), `${folder}/cert`);
  await Deno.copyFile(certificate(`${name}.key`), `${folder}/key`);
  return ["--tls-cert", `${folder}/cert`, "--tls-key", `${folder}/key`];
}

async function hangUp(server: ServerProgram, sign: string): Promise<string> {
  Deno.kill(server.pid, "SIGHUP");
  return await server.logged(sign);
}

permitted(PROGRAMS, "passwd makes a line with which --users lets in, nobody else", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/pw`, `${PASSWORD}\n`);
  const line = await izypop3(["passwd", "--user", "me", "--password-file", `${folder.path}/pw`]);
  assertEquals([line.code, line.err], [0, ""]);
  assertMatch(line.out, /^me:\{SCRAM-SHA-256\}\S+\n$/);
  await Deno.writeTextFile(`${folder.path}/users`, line.out);
  await using server = await serveIzypop3([
    ...["--users", `${folder.path}/users`, "--auth-penalty-max", "0"],
  ]);
  assertEquals((await client(server, ["stat"])).code, 0);
  for (const auth of ["user", "plain"]) {
    assertEquals((await client(server, ["stat", "--auth", auth])).code, 0, auth);
  }
  assertEquals((await client(server, ["stat", "--user", "you"])).code, 77);
});

permitted(
  PROGRAMS,
  "passwd without a name, or with one that cannot be, is a usage error",
  async () => {
    for (const args of [[], ["--user", "a:b"], ["a", "b"]]) {
      const { code, out } = await izypop3(["passwd", "--password", "x", ...args]);
      assertEquals([code, out], [64, ""]);
    }
  },
);

permitted(PROGRAMS, "a user's maildrop is where the users file says", async () => {
  await using folder = await temporaryFolder();
  const message = "Subject: mine\r\n\r\nhere\r\n";
  await Deno.mkdir(`${folder.path}/mine`);
  await Deno.writeTextFile(`${folder.path}/mine/1.eml`, message);
  await Deno.writeTextFile(
    `${folder.path}/users`,
    `me:{PLAIN}${PASSWORD}:${folder.path}/mine\nyou:{PLAIN}${PASSWORD}:${folder.path}/{user}\n` +
      `other:{PLAIN}${PASSWORD}\n`,
  );
  await using server = await serveIzypop3([
    ...["--users", `${folder.path}/users`, "--store", "localfs"],
  ]);
  assertEquals((await client(server, ["stat"])).out, `1 ${message.length}\n`);
  assertEquals((await client(server, ["stat", "--user", "you"])).out, "0 0\n");
  assertEquals((await client(server, ["stat", "--user", "other"])).code, 69); // [SYS/PERM]
});

permitted(
  PROGRAMS,
  "SIGHUP reads users anew; a file that is wrong keeps the old ones",
  async () => {
    await using folder = await temporaryFolder();
    const users = `${folder.path}/users`;
    await Deno.writeTextFile(users, `me:{PLAIN}${PASSWORD}\n`);
    await using server = await serveIzypop3(["--users", users, "--auth-penalty-max", "0"]);
    await Deno.writeTextFile(users, `you:{PLAIN}${PASSWORD}\n`);
    await hangUp(server, "read anew: users");
    assertEquals((await client(server, ["stat", "--user", "you"])).code, 0);
    assertEquals((await client(server, ["stat"])).code, 77);
    await Deno.writeTextFile(users, "you:{WHAT}x\n");
    assertStringIncludes(await hangUp(server, "kept as before: users"), "line 1");
    assertEquals((await client(server, ["stat", "--user", "you"])).code, 0);
  },
);

permitted(PROGRAMS, "SIGHUP reads the certificate anew; a bad pair keeps the old one", async () => {
  await using folder = await temporaryFolder();
  const tls = await copyPair("server", folder.path);
  await using server = await serveIzypop3([...tls, "--password", PASSWORD, "--require-tls"]);
  const stat = async (ca: string) =>
    (await client(server, ["stat", "--stls", "--tls-ca", certificate(ca), "--ip", "localhost"]))
      .code;
  assertEquals(await stat("ca.pem"), 0);
  await Deno.copyFile(certificate("self_signed.pem"), `${folder.path}/cert`);
  const kept = await hangUp(server, "kept as before: certificate");
  assertStringIncludes(kept, "that of another certificate");
  assertEquals(await stat("ca.pem"), 0);
  await copyPair("self_signed", folder.path);
  await hangUp(server, "read anew: certificate");
  assertEquals(await stat("self_signed.pem"), 0);
  assertEquals(await stat("ca.pem"), 77);
});

permitted(PROGRAMS, "SIGHUP changes the certificate under a session that goes on", async () => {
  await using folder = await temporaryFolder();
  const tls = await copyPair("server", folder.path);
  await using server = await serveIzypop3([...tls, "--password", PASSWORD, "--tls-port", "0"]);
  const port = Number(/offers TLS on 127\.0\.0\.1:(\d+)/.exec(server.log())?.[1]);
  const connected = async (ca: string): Promise<Dialogue> => {
    const caCerts = [await Deno.readTextFile(certificate(ca))];
    return new Dialogue(denoTransport(
      await Deno.connectTls({ hostname: "localhost", port, caCerts }),
    ));
  };
  const before = await connected("ca.pem");
  await before.expect("greeting", "+OK");
  await before.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
  await copyPair("self_signed", folder.path);
  await hangUp(server, "read anew: certificate");
  await before.talk(["STAT", "+OK 99 "], ["RETR 1", "+OK"]);
  assertNotEquals(await before.message(), "");
  const after = await connected("self_signed.pem");
  await after.expect("greeting", "+OK");
  await before.talk(["QUIT", "+OK"]);
  await after.talk(["QUIT", "+OK"]);
  for (const { transport } of [before, after]) transport.close();
});

permitted(PROGRAMS, "TLS from the first octet on is at --tls-port", async () => {
  await using folder = await temporaryFolder();
  const tls = await copyPair("server", folder.path);
  await using server = await serveIzypop3([
    ...[...tls, "--password", PASSWORD, "--tls-port", "0"],
  ]);
  const port = Number(/offers TLS on 127\.0\.0\.1:(\d+)/.exec(server.log())?.[1]);
  const args = ["stat", "--tls", "--tls-ca", certificate("ca.pem"), "--ip", "localhost"];
  const { code, err } = await client({ hostname: "localhost", port }, args);
  assertEquals([code, err], [0, ""]);
});

permitted(PROGRAMS, "what is wrong with the settings is said at the start", async () => {
  await using folder = await temporaryFolder();
  const [cert, key] = [certificate("server.pem"), certificate("server.key")];
  await Deno.writeTextFile(`${folder.path}/users`, "me:{PLAIN}\n");
  const cases: readonly [readonly string[], number, string][] = [
    [["--tls-cert", cert], 64, "--tls-key is missing"],
    [["--require-tls"], 64, "--tls-cert is missing"],
    [["--tls-port", "0"], 64, "--tls-cert is missing"],
    [["--tls-cert", "none.pem", "--tls-key", key], 66, "none.pem"],
    [["--tls-cert", cert, "--tls-key", "none.key"], 66, "none.key"],
    [["--tls-cert", cert, "--tls-key", certificate("self_signed.key")], 78, "another certificate"],
    [["--tls-cert", key, "--tls-key", key], 78, "no certificate"],
    [["--users", `${folder.path}/none`], 66, "it is not there"],
    [["--users", `${folder.path}/users`], 78, "line 1"],
    [["--users", "x", "--password", "y"], 64, "together"],
    [["--oauth-introspect", "http://example.org/"], 64, "in the clear"],
  ];
  for (const [args, code, reason] of cases) {
    const said = await izypop3(["serverpop3", "--port", "0", ...args]);
    assertEquals([said.code, said.out], [code, ""], said.err);
    assertStringIncludes(said.err, reason);
  }
});
