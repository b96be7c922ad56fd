import { assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { findTarget, resolveTarget, type Target } from "../../lib/cli/client/target.ts";
import { UsageError } from "../../lib/config/errors.ts";
import { CLIENTPOP3_OPTIONS, OPTION_TABLES } from "../../lib/config/option_table.ts";
import { resolve } from "../../lib/config/resolve.ts";

async function target(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Target> {
  const { settings, given, operands } = await resolve({
    command: "clientpop3",
    table: CLIENTPOP3_OPTIONS,
    args,
    pairs: false,
    environment: (name) => env[name],
    everything: Object.values(OPTION_TABLES),
  });
  return resolveTarget(settings, given, operands[0]);
}

const PLAIN: Target = {
  hostname: "h",
  port: 110,
  security: "none",
  user: undefined,
  password: undefined,
  auth: "auto",
};

Deno.test("the port follows from the protection, unless it was given", async () => {
  assertEquals(await target(["--ip", "h"]), PLAIN);
  assertEquals(await target(["--host", "h", "--stls"]), { ...PLAIN, security: "stls" });
  assertEquals(await target(["--ip", "h", "--tls"]), { ...PLAIN, security: "tls", port: 995 });
  assertEquals(await target(["--ip", "h", "--port", "1110"]), { ...PLAIN, port: 1110 });
});

Deno.test("a URL says all of it", async () => {
  assertEquals(await target(["pop3://h"]), PLAIN);
  assertEquals(await target(["POP3S://me@h:9995/"]), {
    ...PLAIN,
    port: 9995,
    security: "tls",
    user: "me",
  });
  assertEquals(await target(["--ip", "pop3s://me@h"]), {
    ...PLAIN,
    port: 995,
    security: "tls",
    user: "me",
  });
  assertEquals(await target(["--stls", "pop3://h"]), { ...PLAIN, security: "stls" });
});

Deno.test("names and passwords in a URL are percent-decoded; a name may be a mail address", async () => {
  const { user, password, hostname } = await target(["pop3://me%40a.org:p%3A%2F%20w@h"]);
  assertEquals([user, password, hostname], ["me@a.org", "p:/ w", "h"]);
  assertEquals((await target(["pop3://me@a.org@h"])).user, "me@a.org");
  assertEquals((await target(["pop3://J%C3%BCrgen@h"])).user, "Jürgen");
});

Deno.test("RFC 2384's way to sign in is understood", async () => {
  assertEquals((await target(["pop://me;AUTH=+APOP@h"])).auth, "apop");
  assertEquals((await target(["pop://me;auth=*@h"])).auth, "auto");
  assertEquals((await target(["pop://me;AUTH=PLAIN@h"])).user, "me");
});

Deno.test("an IPv6 address may stand in brackets, and must in a URL", async () => {
  assertEquals((await target(["--ip", "::1"])).hostname, "::1");
  assertEquals((await target(["--ip", "[::1]"])).hostname, "::1");
  assertEquals((await target(["pop3://[::1]:1110"])).hostname, "::1");
});

Deno.test("a URL on the command line wins over the environment as a whole", async () => {
  const env = {
    IZYPOP3_IP: "other",
    IZYPOP3_PORT: "1",
    IZYPOP3_USER: "someone",
    IZYPOP3_TLS: "true",
  };
  assertEquals(await target(["pop3://me@h"], env), { ...PLAIN, user: "me" });
  assertEquals((await target(["pop3://h"], env)).user, "someone");
});

Deno.test("what contradicts itself, or is no URL of ours, is refused without showing it", async () => {
  for (
    const args of [
      [],
      ["--ip", "a", "pop3://h"],
      ["--port", "1", "pop3://h:2"],
      ["--user", "a", "pop3://b@h"],
      ["--tls", "--stls", "--ip", "h"],
      ["--stls", "pop3s://h"],
      ["pop3://"],
      ["pop3://u:hunter2@h:x"],
      ["pop3://u:hunter2@h/path"],
      ["pop3://u:hunter2@h?x=1"],
      ["pop3://u:hunter2%zz@h"],
      ["smtp://u:hunter2@h"],
      ["pop3://u;AUTH=NTLM:hunter2@h"],
    ]
  ) {
    const resolved = await resolve({
      command: "clientpop3",
      table: CLIENTPOP3_OPTIONS,
      args,
      pairs: false,
      environment: () => undefined,
      everything: Object.values(OPTION_TABLES),
    });
    const { settings, given, operands } = resolved;
    const { message } = assertThrows(
      () => resolveTarget(settings, given, operands[0]),
      UsageError,
    );
    assertFalse(message.includes("hunter2"));
  }
});

Deno.test("a name that would end the line it is sent in is a usage error", async () => {
  for (const user of ["a\r\nDELE 1", "a\nb", "a\0b"]) {
    await assertRejects(() => target(["--ip", "h", "--user", user]), UsageError, "--user");
  }
  await assertRejects(() => target(["pop3://a%0Ab@h"]), UsageError, "control character");
});

Deno.test("a provider fills in host, port and TLS; what is given beside it wins", async () => {
  const gmail = { ...PLAIN, hostname: "pop.gmail.com", port: 995, security: "tls" } as const;
  assertEquals(await target(["--provider", "gmail"]), gmail);
  assertEquals(await target(["--provider", "gmail", "--port", "1"]), { ...gmail, port: 1 });
  assertEquals(await target(["--provider", "gmail", "--ip", "h"]), { ...gmail, hostname: "h" });
  assertEquals(await target(["--provider", "gmail", "--stls"]), {
    ...gmail,
    port: 110,
    security: "stls",
  });
  assertEquals((await target(["--provider", "gmail", "--no-tls"])).security, "none");
});

Deno.test("a mail address alone finds its server in the DNS, and only then", async () => {
  const asked: string[] = [];
  const found = async (...args: string[]): Promise<Target> => {
    const { settings, given, operands } = await resolve({
      command: "clientpop3",
      table: CLIENTPOP3_OPTIONS,
      args,
      pairs: false,
      environment: () => undefined,
      everything: Object.values(OPTION_TABLES),
    });
    const dns = (name: string) => {
      asked.push(name);
      const records = [{ priority: 0, weight: 0, port: 9995, target: "pop.example.org." }];
      return Promise.resolve(name.endsWith("example.org") ? records : []);
    };
    return (await findTarget(settings, given, operands[0], dns)).target;
  };
  const user = "me@example.org";
  const expected = { ...PLAIN, hostname: "pop.example.org", port: 9995, user } as const;
  assertEquals(await found("--user", user), { ...expected, security: "tls" });
  assertEquals(await found("--user", user, "--stls"), { ...expected, security: "stls" });
  assertEquals(asked, ["_pop3s._tcp.example.org", "_pop3._tcp.example.org"]);
  assertEquals((await found("--user", user, "--ip", "h")).hostname, "h");
  assertEquals((await found("--user", user, "--provider", "yahoo")).port, 995);
  assertEquals((await found("--user", user, "pop3://h")).hostname, "h");
  assertEquals(asked.length, 2);
  await assertRejects(() => found("--user", "me@example.com"), UsageError, "the DNS names none");
  await assertRejects(() => found("--user", "me"), UsageError, "no server was given");
});
