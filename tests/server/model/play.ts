/** Plays a story against the real server, and holds what comes back against the model. */

import { assertEquals } from "@std/assert";
import { withTokens } from "../../../lib/auth/combined.ts";
import type { Authenticator } from "../../../lib/auth/authenticator.ts";
import { PasswdUsers } from "../../../lib/auth/passwd_users.ts";
import { MemoryListener } from "../../../lib/net/memory_listener.ts";
import type { MemoryTransport } from "../../../lib/net/memory_transport.ts";
import { Pop3Server } from "../../../lib/server/server.ts";
import { latin1 } from "../../helpers/random.ts";
import { LogBook } from "../dialogue.ts";
import { DoubleStore } from "../double_store.ts";
import { ModelMaildrop } from "./maildrop.ts";
import { PRETENDED_TLS } from "../../helpers/pretended_tls.ts";
import { Client } from "./client.ts";
import type { ModelSite, ModelUser } from "./expected.ts";
import { ModelSession } from "./session.ts";
import { ME, SPELLINGS, type Step, type Story, TOKEN, type Visit, YOU } from "./stories.ts";

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
      ...(story.tls === "none" ? {} : { tls: PRETENDED_TLS, tlsListener: this.#tlsListener }),
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
