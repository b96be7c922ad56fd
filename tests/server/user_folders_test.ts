/** Names over the wire and the folders behind them: `--mimestore.path …/{user}`. */
import { assert, assertEquals } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { startClientMechanism } from "../../lib/auth/sasl_client.ts";
import { fromBase64, toBase64 } from "../../lib/protocol/sasl/base64.ts";
import { openStore } from "../../lib/stores/registry.ts";
import { StoreKeeper } from "../../lib/cli/stores.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1, text } from "../helpers/random.ts";
import { type Dialogue, LogBook, PASSWORD, TestServer } from "./dialogue.ts";

const FILES = { read: true, write: true } as const;

/**
 * Names; those in one line are one name typed in several ways, the prepared one first (RFC 4013), and those
 * of two lines are two users who must never share a maildrop.
 */
const USERS: readonly (readonly string[])[] = [
  ["."],
  ["..", "\u2024\u2024", "\uff0e\uff0e", "\u2025"],
  ["../outside", "..\uff0foutside"],
  ["..\u2215outside"],
  ["..\\outside", "..\uff3coutside"],
  ["/etc"],
  ["C:\\mail"],
  ["a/b"],
  ["a%2Fb"],
  ["a%2fb"],
  ["%2e%2e"],
  ["%2E%2E"],
  ["joe"],
  ["Joe"],
  ["JOE"],
  ["joe."],
  ["joe..", "joe\u2025"],
  [".joe"],
  ["joe "],
  [" joe"],
  ["joe@pop.example.org", "joe\uff20pop.example.org"],
  ["joe_pop"],
  ["joe~"],
  ["\u00e9", "e\u0301"],
  ["\u00c9", "E\u0301"],
  ["\u00c5", "\u212b", "A\u030a"],
  ["ss"],
  ["\u00df"],
  ["i\u0307"],
  ["\u0131"],
  ["\u0430bc"],
  ["abc", "a\u00adbc", "\uff41bc"],
  ["\u05d0\u05d1"],
  ["con"],
  ["nul.txt"],
  ["{user}"],
  ["$&"],
  ["*"],
  ["x".repeat(240)],
  [`${"x".repeat(239)}y`],
  ["X".repeat(240)],
  ["\u20ac".repeat(80)],
];

/** What may not be a name: empty, with controls, or with what misleads the eye (RFC 4013 §2.3). */
const NO_NAMES: readonly string[] = [
  ...["", "\0", "joe\0", "a\nb", "a\rb", "\x1b[2J", "\x7f", "\u0085", "\u00ad", "\u200d\u2060"],
  ...["joe\u202exe", "joe\u200e", "\u2028", "\ue000", "\ufffd", "\u05d0a", "\ud7ff\u0627b"],
];

type Way = "USER" | "PLAIN" | "SCRAM";

/** Signs in, and tells the answer. */
async function signIn(me: Dialogue, way: Way, user: string): Promise<string> {
  const octets = text(new TextEncoder().encode(user));
  if (way === "USER") {
    await me.send(`USER ${octets}\r\nPASS ${PASSWORD}\r\n`);
    await me.line();
    return await me.line();
  }
  if (way === "PLAIN") {
    await me.send(`AUTH PLAIN\r\n${btoa(`\0${octets}\0${PASSWORD}`)}\r\n`);
    await me.expect("AUTH PLAIN", "+ ");
    return await me.line();
  }
  return await signInByScram(me, user);
}

async function signInByScram(me: Dialogue, user: string): Promise<string> {
  // Our own client would not send a NUL.
  if (user.includes("\0")) return "-ERR";
  const mechanism = startClientMechanism("SCRAM-SHA-256", { user, secret: latin1(PASSWORD) });
  let response = mechanism.initial ?? new Uint8Array();
  await me.send("AUTH SCRAM-SHA-256\r\n");
  await me.expect("AUTH", "+ ");
  for (;;) {
    await me.send(`${toBase64(response)}\r\n`);
    const line = await me.line();
    if (!line.startsWith("+ ")) return line;
    response = await mechanism.respond(fromBase64(line.slice(2)));
  }
}

async function tree(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    found.push(name);
    if (isDirectory) {
      found.push(...(await tree(`${folder}/${name}`)).map((each) => `${name}/${each}`));
    }
  }
  return found.sort();
}

for (const modhandler of ["localfs", "maildir"] as const) {
  permitted(FILES, `each user has a folder within the one for all: ${modhandler}`, async () => {
    const root = await Deno.makeTempDir({ prefix: "izypop3-users-" });
    const settings = { modhandler, path: `${root}/mail/{user}` } as const;
    await Deno.mkdir(`${root}/mail`);
    await Deno.mkdir(`${root}/outside`);
    await Deno.writeTextFile(`${root}/outside/1.eml`, "Subject: secret\r\n\r\n");
    await Deno.writeTextFile(`${root}/mail/1.eml`, "Subject: secret\r\n\r\n");
    for (const [user = ""] of USERS) {
      await using store = await openStore(settings, { user, create: true });
      const octets = [new TextEncoder().encode(mailFor(user))];
      for await (const _ of store.addItems([{ sourceid: "s", guid: "1", octets }]));
    }
    const before = (await tree(root)).filter((each) => !each.startsWith("mail/"));
    assertEquals((await Array.fromAsync(Deno.readDir(`${root}/mail`))).length, USERS.length + 1);
    const stores = new StoreKeeper(settings, new LogBook(), 0);
    await using server = new TestServer(await openStore({ modhandler: "fake", count: 0 }), {
      authenticator: singlePassword(PASSWORD),
      openStore: ({ user, maildrop }) => stores.storeOf(user, maildrop),
    });
    let sessions = 0;
    for (const spellings of USERS) {
      const mail = mailFor(spellings[0] ?? "");
      for (const user of spellings) {
        // SCRAM takes its time: the client prepares names for it, so once for each is enough.
        const ways: readonly Way[] = user === spellings[0]
          ? ["USER", "PLAIN", "SCRAM"]
          : ["USER", "PLAIN"];
        for (const way of ways) {
          const me = server.connect();
          await me.line();
          const answer = await signIn(me, way, user);
          const what = `${way} ${JSON.stringify(user)}`;
          assert(answer.startsWith("+OK 1 messages"), `${what}: ${answer}`);
          await me.talk(["RETR 1", "+OK"]);
          assertEquals(await me.message(), mail, what);
          await me.talk(["QUIT", "+OK"]);
          await server.ended(++sessions);
        }
      }
    }
    for (const user of NO_NAMES) {
      for (const way of ["USER", "PLAIN", "SCRAM"] as const) {
        // With USER a line feed ends the command, and so the name.
        if (way === "USER" && user.includes("\n")) continue;
        const me = server.connect();
        await me.line();
        const answer = await signIn(me, way, user);
        assert(answer.startsWith("-ERR"), `${way} ${JSON.stringify(user)}: ${answer}`);
        me.transport.close();
        await server.ended(++sessions);
      }
    }
    await stores[Symbol.asyncDispose]();
    assertEquals((await tree(root)).filter((each) => !each.startsWith("mail/")), before);
    assertEquals((await Array.fromAsync(Deno.readDir(`${root}/mail`))).length, USERS.length + 1);
    await Deno.remove(root, { recursive: true });
  });
}

function mailFor(user: string): string {
  return `Subject: for ${encodeURIComponent(user)}\r\n\r\n`;
}
