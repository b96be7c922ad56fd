/** One line in the log for every session, whatever its end. TLS and PROXY: tls_test, proxy_test. */
import { assertEquals, assertMatch } from "@std/assert";
import { createLogger } from "../../lib/log.ts";
import { type Ending, recordEnding, type SessionSummary } from "../../lib/server/summary.ts";
import type { Pop3ServerOptions } from "../../lib/server/server.ts";
import { type Dialogue, type TestServer, withServer } from "./dialogue.ts";
import { DoubleStore } from "./double_store.ts";

interface Case {
  readonly ended: Ending;
  readonly reason?: string;
  readonly options?: Partial<Pop3ServerOptions>;
  /** Messages of 300,000 octets instead of small ones. */
  readonly large?: true;
  run(me: Dialogue, server: TestServer, store: DoubleStore): Promise<void>;
}

const CASES: Readonly<Record<string, Case>> = {
  "QUIT": { ended: "quit", run: (me) => me.talk(["QUIT", "+OK"]) },
  "a client that closes": {
    ended: "closed by client",
    run: (me) => Promise.resolve(me.transport.close()),
  },
  "a client that is gone while something is sent": {
    ended: "connection lost",
    large: true,
    async run(me) {
      await me.send("RETR 1\r\n");
      await me.expect("RETR", "+OK");
      me.transport.close();
    },
  },
  "idleness": {
    ended: "idle time-out",
    options: { idleTimeoutSeconds: 0.02 },
    run: (me) => me.closed(),
  },
  "the server's end": {
    ended: "server shutdown",
    run: (_me, { server }) => server.shutdown(),
  },
  "bad commands": {
    ended: "turned away",
    reason: "too many bad commands",
    async run(me) {
      for (let n = 0; n < 25; n++) await me.talk(["XYZZY", "-ERR"]);
    },
  },
  "failed sign-ins": {
    ended: "turned away",
    reason: "too many failed sign-ins",
    async run(me) {
      for (let n = 0; n < 3; n++) await me.talk(["USER me", "+OK"], ["PASS no", "-ERR [AUTH]"]);
    },
  },
  "a store that fails in the middle of a message": {
    ended: "message could not be sent",
    large: true,
    async run(me, _server, store) {
      store.readFailsAfter = { octets: 200_000, error: new Error("broken") };
      await me.send("RETR 1\r\n");
      await me.rest();
    },
  },
};

/** Endings of a session that has signed in. */
const SIGNED_IN: readonly Ending[] = ["quit", "connection lost", "message could not be sent"];

for (const [name, { ended, reason, options = {}, large, run }] of Object.entries(CASES)) {
  Deno.test(`the one line of a session that ends by ${name}`, async () => {
    const message = large === true ? `${"x".repeat(98)}\r\n`.repeat(20_000) : "one\r\n";
    const store = new DoubleStore([message]);
    await withServer(store, options, async (server) => {
      const me = server.connect();
      const isIn = SIGNED_IN.includes(ended);
      if (isIn) await me.signIn();
      else await me.expect("greeting", "+OK");
      await run(me, server, store);
      const fields = await server.ended();
      await server.server.shutdown();
      assertEquals(
        server.log.entries.filter(({ message }) => message === "session ended").length,
        1,
      );
      assertEquals([fields.ended, fields.reason], [ended, reason]);
      assertEquals([fields.user, fields.tls], [isIn ? "me" : undefined, false]);
      assertEquals(fields.address, "memory:1");
      assertEquals(typeof fields.seconds, "number");
      assertMatch(String(fields.octets), /^[1-9]\d*$/);
      assertEquals(fields.messages, large === true ? 1 : 0);
      assertEquals(fields.failedSignIns, name === "failed sign-ins" ? 3 : undefined);
    });
  });
}

/** What a summary becomes in a log of this form. */
function written(format: "text" | "json", summary: SessionSummary): string {
  let line = "";
  const logger = createLogger({ format, write: (text) => line += text });
  recordEnding({ logger, metrics: undefined }, summary);
  return line;
}

const SUMMARY: SessionSummary = {
  transport: {
    remote: { hostname: "2001:db8::1", port: 4711 },
    secure: true,
    tlsFacts: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" },
  },
  user: "me\n",
  messages: 2,
  octets: 1234,
  deleted: 1,
  seconds: 0.12345,
  ended: "quit",
};

Deno.test("the line as text: nobody's name can forge another one", () => {
  assertMatch(
    written("text", SUMMARY),
    new RegExp(
      String.raw`^\S+ info  session ended user="me\\n" address=\S*2001:db8::1\]:4711"? tls=true ` +
        "tlsVersion=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 messages=2 octets=1234 deleted=1 " +
        "seconds=0.123 ended=quit\n$",
    ),
  );
});

Deno.test("a client that comes by IPv4 is shown so, on whatever address the server listens", () => {
  const remote = { hostname: "::ffff:192.0.2.1", port: 4711 };
  const line = written("json", { ...SUMMARY, transport: { remote, secure: false } });
  assertEquals(JSON.parse(line).address, "192.0.2.1:4711");
});

Deno.test("the line as JSON, with what is known and nothing else", () => {
  const { time: _, ...rest } = JSON.parse(written("json", SUMMARY));
  assertEquals(rest, {
    level: "info",
    msg: "session ended",
    user: "me\n",
    address: "[2001:db8::1]:4711",
    tls: true,
    tlsVersion: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    messages: 2,
    octets: 1234,
    deleted: 1,
    seconds: 0.123,
    ended: "quit",
  });
});
