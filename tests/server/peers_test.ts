/** Servers that share a port: what one has seen counts at the others. */
import { assert, assertEquals } from "@std/assert";
import { Limiter } from "../../lib/server/limiter.ts";
import type { PeerNews } from "../../lib/server/peers.ts";
import type { Pop3ServerOptions } from "../../lib/server/server.ts";
import { PASSWORD, TestServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

const MESSAGES = ["one\r\n"];

/** Two servers over one store that hear of each other. */
class Pair implements AsyncDisposable {
  readonly news: PeerNews[] = [];
  readonly one: TestServer;
  readonly two: TestServer;

  constructor(options: Partial<Pop3ServerOptions>) {
    const store = new DoubleStore(MESSAGES);
    const tell = (to: () => TestServer, from: number) => (news: PeerNews): void => {
      // As if it had gone from thread to thread.
      const copy = structuredClone(news);
      this.news.push(copy);
      to().server.hear(from, copy);
    };
    this.one = new TestServer(store, { ...options, tellPeers: tell(() => this.two, 0) });
    this.two = new TestServer(store, { ...options, tellPeers: tell(() => this.one, 1) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.one[Symbol.asyncDispose]();
    await this.two[Symbol.asyncDispose]();
  }
}

async function failToSignIn(server: TestServer): Promise<number> {
  const me = server.connect();
  await me.expect("greeting", "+OK");
  await me.talk(["USER me", "+OK"]);
  const start = performance.now();
  await me.talk(["PASS wrong", "-ERR [AUTH]"]);
  me.transport.close();
  return performance.now() - start;
}

Deno.test("a failed sign-in at one server delays the next one at another", async () => {
  await using pair = new Pair({ authPenaltyMaxSeconds: 0.05 });
  await failToSignIn(pair.one);
  // A timer never comes early, so that the wait is at least that long.
  assert(await failToSignIn(pair.two) >= 49);
  assertEquals(pair.news.map(({ kind }) => kind), ["sign-in failed", "sign-in failed"]);
});

Deno.test("a success at one server is the user's new start at the others", async () => {
  await using pair = new Pair({ authPenaltyMaxSeconds: 0.05 });
  await failToSignIn(pair.one);
  const me = pair.one.connect();
  await me.signIn();
  await me.talk(["QUIT", "+OK"]);
  const other = pair.two.connect();
  await other.signIn();
  assertEquals(pair.news.map(({ kind }) => kind), ["sign-in failed", "signed in", "signed in"]);
});

Deno.test("LOGIN-DELAY holds whichever server one comes to", async () => {
  await using pair = new Pair({ loginDelaySeconds: 600 });
  const me = pair.one.connect();
  await me.signIn();
  await me.talk(["QUIT", "+OK"]);
  const again = pair.two.connect();
  await again.expect("greeting", "+OK");
  await again.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "-ERR [LOGIN-DELAY]"]);
});

Deno.test("one address has one limit at all servers, and gets room back", async () => {
  await using pair = new Pair({ maxPerIp: 2 });
  const first = pair.one.connect();
  await first.expect("greeting", "+OK");
  const second = pair.two.connect();
  await second.expect("greeting", "+OK");
  for (const server of [pair.one, pair.two]) {
    await server.connect().expect("greeting", "-ERR [SYS/TEMP] Too many connections from one");
  }
  await second.talk(["QUIT", "+OK"]);
  await second.closed();
  while (pair.news.at(-1)?.kind !== "went") await new Promise((resolve) => setTimeout(resolve, 1));
  await pair.one.connect().expect("greeting", "+OK");
});

Deno.test("the connections of a server that is no more do not count", () => {
  const limiter = new Limiter({ total: 10, perAddress: 1 });
  limiter.heard(1, "192.0.2.1", 1);
  assertEquals(limiter.enter("192.0.2.1"), "too many connections from one address");
  limiter.forget(1);
  assertEquals(limiter.enter("192.0.2.1"), undefined);
  limiter.heard(1, "192.0.2.2", -1);
  assertEquals(limiter.enter("192.0.2.2"), undefined);
});

Deno.test("without a limit by address nothing is told of connections", async () => {
  await using pair = new Pair({});
  const me = pair.one.connect();
  await me.signIn();
  assertEquals(pair.news, []);
});
