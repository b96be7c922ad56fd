/** Plays a story against the real server, and holds what comes back against the model. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { withTokens } from "../../../lib/auth/combined.ts";
import type { Authenticator } from "../../../lib/auth/authenticator.ts";
import { PasswdUsers } from "../../../lib/auth/passwd_users.ts";
import { startClientMechanism } from "../../../lib/auth/sasl_client.ts";
import { MemoryListener } from "../../../lib/net/memory_listener.ts";
import type { MemoryTransport } from "../../../lib/net/memory_transport.ts";
import type { Transport } from "../../../lib/net/transport.ts";
import { fromBase64, toBase64 } from "../../../lib/protocol/sasl/base64.ts";
import { Pop3Server } from "../../../lib/server/server.ts";
import { cut } from "../../helpers/property.ts";
import { latin1 } from "../../helpers/random.ts";
import { Dialogue, LogBook } from "../dialogue.ts";
import { DoubleStore } from "../double_store.ts";
import { ModelMaildrop } from "./maildrop.ts";
import { ERR, type Expected, ModelSession, type ModelSite, type ModelUser, OK } from "./session.ts";
import { ME, SPELLINGS, type Step, type Story, TOKEN, type Visit, YOU } from "./stories.ts";

/** Says that it is TLS and changes nothing. */
const TLS = {
  upgrade: (plain: Transport): Promise<Transport> =>
    Promise.resolve({
      local: plain.local,
      remote: plain.remote,
      secure: true,
      read: (into: Uint8Array) => plain.read(into),
      write: (octets: Uint8Array) => plain.write(octets),
      startTls: () => Promise.reject(new Error("never")),
      close: () => plain.close(),
    }),
};

const STANDSTILL_MS = 3000;

/** Plays all visits; throws where server and model differ. */
export async function play(story: Story): Promise<void> {
  await using stage = new Stage(story);
  await inTime(async () => {
    for (const visit of story.visits) await stage.receive(visit);
  });
  stage.check();
}

/** A reply that never comes must be told as well; nothing here takes more than milliseconds. */
async function inTime(run: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the dialogue stands still")), STANDSTILL_MS);
  });
  await Promise.race([run(), late]).finally(() => clearTimeout(timer));
}

/** A real server and the model of it. */
class Stage implements AsyncDisposable {
  readonly #site: ModelSite;
  readonly #stores: ReadonlyMap<string, [DoubleStore, ModelMaildrop]>;
  readonly #listener = new MemoryListener();
  readonly #tlsListener = new MemoryListener();
  readonly #log = new LogBook();
  readonly #server: Pop3Server;
  #visits = 0;

  constructor(story: Story) {
    const open = (texts: readonly string[]): [DoubleStore, ModelMaildrop] => {
      const store = new DoubleStore(texts);
      store.quick = story.quick;
      return [store, new ModelMaildrop(texts, story)];
    };
    const [mine, yours] = [open(story.mine), open(story.yours)];
    this.#stores = new Map([["me", mine], ["jörg", yours]]);
    this.#site = modelSite(story, mine[1], yours[1]);
    this.#server = Pop3Server.start({
      listener: this.#listener,
      ...(story.tls === "none" ? {} : { tls: TLS, tlsListener: this.#tlsListener }),
      requireTls: story.tls === "required",
      authenticator: AUTHENTICATOR,
      openStore: ({ user }) => Promise.resolve(this.#storeOf(user)),
      commitMode: story.commitMode,
      onDelete: story.onDelete,
      lock: story.lock,
      ...(story.loginDelay ? { loginDelaySeconds: 3600 } : {}),
      authPenaltyMaxSeconds: 0,
      implementation: "model",
      logger: this.#log,
    });
  }

  async receive(visit: Visit): Promise<void> {
    const secure = visit.implicitTls && this.#site.tls;
    const client = new Client(this.#connect(secure), new ModelSession(this.#site, secure), visit);
    this.#visits++;
    await client.visit(() => this.#rival());
    await this.#log.ended(this.#visits);
  }

  /** What is left must be what the model has left. */
  check(): void {
    for (const [store, drop] of this.#stores.values()) {
      const tags = drop.messages.map((_, index) => store.tagOf(index + 1));
      assertEquals(tags, drop.messages.map(({ tag }) => tag), "what is left in the maildrop");
      assertEquals([store.locked, store.openReads], [false, 0]);
    }
    assertEquals(this.#log.of("error"), []);
  }

  /** Somebody else signs in meanwhile; may find the maildrop in use. */
  async #rival(): Promise<void> {
    const lines = [`USER ${ME.name}`, `PASS ${ME.password}`, "QUIT"];
    const steps = lines.map((line): Step => ({ kind: "line", line, lf: false }));
    const visit: Visit = { implicitTls: true, steps, cuts: [], leaving: "hang up" };
    const secure = this.#site.tls;
    await new Client(this.#connect(secure), new ModelSession(this.#site, secure), visit).visit();
    await this.#log.ended(this.#visits);
    this.#visits++;
  }

  #connect(secure: boolean): MemoryTransport {
    return (secure ? this.#tlsListener : this.#listener).connect();
  }

  #storeOf(user: string): DoubleStore {
    const [store] = this.#stores.get(user) ?? [];
    if (store === undefined) throw new Error(`nobody has such a maildrop: ${user}`);
    return store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const AUTHENTICATOR: Authenticator = withTokens(
  new PasswdUsers(
    latin1(`${ME.name}:{PLAIN}${ME.password}\n${YOU.name}:{PLAIN}${YOU.password}\n`),
    new Uint8Array(32),
  ),
  {
    kinds: new Set(["token"] as const),
    authenticate: (credentials) =>
      Promise.resolve(
        credentials.kind === "token" && credentials.token === TOKEN ? { user: "me" } : undefined,
      ),
  },
);

function modelSite(story: Story, mine: ModelMaildrop, yours: ModelMaildrop): ModelSite {
  const me: ModelUser = { ...ME, drop: mine, delayed: false };
  const you: ModelUser = { ...YOU, drop: yours, delayed: false };
  const utf8 = (octets: string) => new TextDecoder().decode(latin1(octets));
  return {
    commitMode: story.commitMode,
    tls: story.tls !== "none",
    requireTls: story.tls === "required",
    loginDelay: story.loginDelay,
    users: new Map([
      ...SPELLINGS.me.map((name) => [utf8(name), me] as const),
      ...SPELLINGS.you.map((name) => [utf8(name), you] as const),
    ]),
    token: TOKEN,
    tokenUser: me,
  };
}

/** Another header, in ASCII; the same body. */
function checkSurrogate(got: string, message: string): void {
  const [header = "", ...body] = got.split("\r\n\r\n");
  const [original = "", ...originalBody] = message.split("\r\n\r\n");
  assert(!/[\x80-\xff]/.test(header), header);
  assertEquals(body.join("\r\n\r\n"), originalBody.join("\r\n\r\n"));
  const plain = original.split("\r\n").filter((line) => !/[\x80-\xff]/.test(line));
  assertEquals(header.split("\r\n").filter((line) => !line.includes("=?")), plain);
}

/** One client, who knows the model and so what must come. */
class Client {
  readonly #me: Dialogue;
  readonly #transport: MemoryTransport;
  readonly #model: ModelSession;
  readonly #visit: Visit;
  #timestamp = "";
  #closed = false;
  /** Lines that were not sent yet, and what must come back. */
  #ahead: { readonly octets: string; readonly expected: Expected }[] = [];

  constructor(transport: MemoryTransport, model: ModelSession, visit: Visit) {
    this.#transport = transport;
    this.#me = new Dialogue(transport);
    this.#model = model;
    this.#visit = visit;
  }

  async visit(rival?: () => Promise<void>): Promise<void> {
    const greeting = await this.#me.line();
    assertMatch(greeting, /^\+OK (?!\[)/);
    this.#timestamp = /<[^@<> ]+@localhost>$/.exec(greeting)?.[0] ?? "";
    assertEquals(this.#timestamp !== "", this.#model.apopOffered, greeting);
    for (const step of this.#visit.steps) {
      if (this.#closed) break;
      await this.#take(step, rival);
    }
    await this.#leave();
  }

  async #take(step: Step, rival: (() => Promise<void>) | undefined): Promise<void> {
    switch (step.kind) {
      case "line":
        return this.#plan(step.line, step.lf ? "\n" : "\r\n");
      case "apop":
        return this.#plan(`APOP me ${step.right ? this.#digest(ME.password) : "0".repeat(32)}`);
      case "scram":
        return await this.#scram(step.name, step.right ? ME.password : "wrong");
      case "stls":
        return await this.#stls(step.injected);
      case "rival":
        await this.#flush();
        if (!this.#closed) await rival?.();
    }
  }

  /** To be sent along with what comes next: the client does not wait for replies. */
  #plan(line: string, ending: string = "\r\n"): void {
    const text = ending === "\n" && line.endsWith("\r") ? line.slice(0, -1) : line;
    const count = line.length + ending.length - text.length;
    const expected = this.#model.say(text, count, (password) => this.#digest(password));
    this.#ahead.push({ octets: line + ending, expected });
    if (expected.closes === true) this.#closed = true;
  }

  #digest(password: string): string {
    return createHash("md5").update(latin1(this.#timestamp + password)).digest("hex");
  }

  /** Sends what was planned, in pieces, and reads all replies meanwhile. */
  async #flush(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = [];
    const octets = latin1(ahead.map((each) => each.octets).join(""));
    const sending = (async () => {
      for (const piece of cut(octets, this.#visit.cuts)) await this.#transport.write(piece);
    })();
    for (const { octets, expected } of ahead) await this.#check(octets, expected);
    await sending;
    if (this.#closed) await this.#me.closed();
  }

  async #check(said: string, expected: Expected): Promise<void> {
    assertMatch(await this.#me.line(), expected.status, `answer to ${JSON.stringify(said)}`);
    const { lines, message, inAscii, unordered = false } = expected;
    if (lines !== undefined) {
      const got = await this.#me.lines();
      assertEquals(unordered ? got.sort() : got, unordered ? [...lines].sort() : lines, said);
    }
    if (inAscii !== undefined) checkSurrogate(await this.#me.message(), inAscii);
    if (message === undefined) return;
    const got = await this.#me.message();
    // Not assertEquals alone: telling how large messages differ takes minutes.
    assert(got.length === message.length, `${said}: ${got.length} octets, not ${message.length}`);
    assert(got === message, `${said}: other octets`);
  }

  async #scram(name: string, password: string): Promise<void> {
    this.#plan("AUTH SCRAM-SHA-256");
    const begins = this.#ahead.at(-1)?.expected.status.test("+ ") === true;
    await this.#flush();
    if (!begins || this.#closed) return;
    const mechanism = startClientMechanism("SCRAM-SHA-256", {
      user: name,
      secret: latin1(password),
    });
    let response = mechanism.initial ?? new Uint8Array();
    for (;;) {
      await this.#me.send(`${toBase64(response)}\r\n`);
      const line = await this.#me.line();
      if (!line.startsWith("+ ")) {
        const expected = this.#model.scram(name, password);
        assertMatch(line, expected.status, `SCRAM as ${name}`);
        if (expected === OK) mechanism.verifyEnd();
        this.#closed = expected.closes === true;
        if (this.#closed) await this.#me.closed();
        return;
      }
      response = await mechanism.respond(fromBase64(line.slice(2)));
    }
  }

  async #stls(injected: string): Promise<void> {
    await this.#flush();
    if (this.#closed) return;
    this.#plan("STLS");
    const [{ expected } = { expected: ERR }] = this.#ahead;
    if (expected !== OK) return await this.#flush();
    this.#ahead = [];
    await this.#me.send(`STLS\r\n${injected}`);
    await this.#check("STLS", expected);
  }

  async #leave(): Promise<void> {
    const { leaving } = this.#visit;
    await this.#flush();
    if (!this.#closed && leaving === "in a message") {
      this.#plan("RETR 1");
      const [{ expected, octets } = { expected: ERR, octets: "" }] = this.#ahead;
      await this.#me.send(octets);
      assertMatch(await this.#me.line(), expected.status);
    }
    if (!this.#closed && (leaving === "half-close" || leaving === "half a line")) {
      if (leaving === "half a line") await this.#me.send("QUIT");
      this.#transport.closeWrite();
      await this.#me.closed();
    }
    this.#transport.close();
    this.#model.lose();
  }
}
