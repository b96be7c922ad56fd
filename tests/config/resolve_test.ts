import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConfigError, InputError, UsageError } from "../../lib/config/errors.ts";
import { CLIENTPOP3_OPTIONS, OPTION_TABLES } from "../../lib/config/option_table.ts";
import { resolve } from "../../lib/config/resolve.ts";
import { permitted } from "../helpers/permissions.ts";

interface Written {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly pairs?: boolean;
}

function client({ args = [], env = {}, pairs = false }: Written) {
  return resolve({
    command: "clientpop3",
    table: CLIENTPOP3_OPTIONS,
    args,
    pairs,
    environment: (name) => env[name],
    everything: Object.values(OPTION_TABLES),
  });
}

async function withFile(text: string, fn: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".jsonc" });
  try {
    await Deno.writeTextFile(path, text);
    await fn(path);
  } finally {
    await Deno.remove(path);
  }
}

const FILES = { read: true, write: true } as const;

Deno.test("without anything written the defaults count", async () => {
  const { settings, given } = await client({});
  assertEquals([settings.timeout, settings.tls, settings.port], [60, false, undefined]);
  assertEquals(given.size, 0);
});

Deno.test("a flag wins over the environment", async () => {
  const env = { IZYPOP3_PORT: "1", IZYPOP3_VERBOSE_CLIENTLOG: "true" };
  const { settings, given } = await client({ args: ["--port", "2"], env });
  assertEquals([settings.port, settings["verbose.clientLog"]], [2, true]);
  assertEquals([...given].sort(), [["port", "flag"], ["verbose.clientLog", "environment"]]);
});

Deno.test("an empty variable is one that is not set", async () => {
  assertEquals((await client({ env: { IZYPOP3_PORT: "" } })).settings.port, undefined);
});

Deno.test("a wrong value is a usage error in a flag, a configuration error elsewhere", async () => {
  await assertRejects(() => client({ args: ["--port", "x"] }), UsageError, "--port");
  await assertRejects(() => client({ args: ["port", "x"], pairs: true }), UsageError, "port");
  await assertRejects(() => client({ env: { IZYPOP3_PORT: "x" } }), ConfigError, "IZYPOP3_PORT");
});

Deno.test("a form of a secret in a flag wins over any form in the environment", async () => {
  const env = { IZYPOP3_PASS: "from the environment" };
  const { settings } = await client({ args: ["--pass-file", "f"], env });
  assertEquals([settings.pass, settings["pass-file"]], [undefined, "f"]);
});

Deno.test("two forms of a secret in one place are refused", async () => {
  const args = ["--pass", "x", "--pass-file", "f"];
  await assertRejects(() => client({ args }), UsageError, "--pass and --pass-file");
  const env = { IZYPOP3_PASS: "x", IZYPOP3_PASS_COMMAND: "y" };
  await assertRejects(() => client({ env }), ConfigError, "IZYPOP3_PASS_COMMAND");
});

Deno.test("an empty secret is refused", async () => {
  await assertRejects(() => client({ args: ["--pass="] }), UsageError, "--pass");
});

Deno.test("an alias is a variable too; the option's own name wins over it", async () => {
  const store = async (env: Record<string, string>): Promise<string | undefined> =>
    (await client({ env: { IZYPOP3_MIMESTORE_PATH: "/x", ...env } })).settings[
      "mimestore.modhandler"
    ];
  assertEquals(await store({ IZYPOP3_STORE: "localfs" }), "localfs");
  const both = { IZYPOP3_STORE: "localfs", IZYPOP3_MIMESTORE_MODHANDLER: "maildir" };
  assertEquals(await store(both), "maildir");
});

permitted(FILES, "the environment wins over the file, the file over the defaults", async () => {
  const text = `{
    // one file for several commands
    "ip": "example.org", "timeout": 5, "port": 3,
    "mimestore": { "modhandler": "localfs", "path": "/srv/mail", "seed": null },
    "query": { "id": 4 }, "verbose.clientLog": true,
    "on-delete": "remove",
  }`;
  await withFile(text, async (path) => {
    const { settings } = await client({ env: { IZYPOP3_CONFIG: path, IZYPOP3_TIMEOUT: "7" } });
    assertEquals(settings.ip, "example.org");
    assertEquals([settings.timeout, settings.port, settings["query.id"]], [7, 3, 4]);
    assertEquals(settings["mimestore.path"], "/srv/mail");
    assertEquals(settings["verbose.clientLog"], true);
    assertEquals((await client({ args: ["--config", path, "--port", "9"] })).settings.port, 9);
  });
});

permitted(FILES, "an unknown key in the file is refused by its name", async () => {
  for (
    const [text, name] of [
      [`{"mimestore": {"pathh": "x"}}`, "mimestore.pathh"],
      [`{"prot": 1}`, "prot"],
      [`{"__proto__": {"port": 1}}`, "__proto__.port"],
      [`{"constructor": 1}`, "constructor"],
    ] as const
  ) {
    await withFile(text, async (path) => {
      const { message } = await assertRejects(
        () => client({ args: ["--config", path] }),
        ConfigError,
        `the key "${name}" is unknown`,
      );
      assertStringIncludes(message, path);
    });
  }
});

permitted(FILES, "a file that is wrong is told with the place", async () => {
  for (
    const [text, reason] of [
      [`[1]`, "it must hold one object"],
      [`{"port": }`, "line 1, column 10"],
      [`{"port": "x"}`, "port in "],
      [`{"pass": 12345}`, "pass in "],
      [`{"tls": "perhaps"}`, "it must be true or false"],
    ] as const
  ) {
    await withFile(text, async (path) => {
      await assertRejects(() => client({ args: ["--config", path] }), ConfigError, reason);
    });
  }
});

permitted({ read: true }, "a file that is missing is input that is missing", async () => {
  await assertRejects(
    () => client({ args: ["--config", "no/such/file"] }),
    InputError,
    "there is no such file",
  );
});
