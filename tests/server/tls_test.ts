/** STLS and implicit TLS over sockets. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { CertificateError } from "../../lib/net/errors.ts";
import { listen } from "../../lib/net/listener.ts";
import { type KeyPair, ServerTls } from "../../lib/net/server_tls.ts";
import { ServerMetrics } from "../../lib/server/metrics.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../lib/server/server.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { permitted } from "../helpers/permissions.ts";
import { type CertificateName, pem } from "../helpers/tls_listener.ts";
import { Dialogue, LogBook, PASSWORD } from "./dialogue.ts";

const NEEDS = { net: true, read: true } as const;

function pair(name: CertificateName): KeyPair {
  const key = Deno.readTextFileSync(new URL(`../helpers/certs/${name}.key`, import.meta.url));
  return { cert: pem(name), key };
}

/** A server with both ways to TLS. */
class Served implements AsyncDisposable {
  readonly tls = ServerTls.open(pair("server"));
  readonly log = new LogBook();
  readonly server: Pop3Server;
  readonly tlsPort: number;

  constructor(options: Partial<Pop3ServerOptions> = {}) {
    const tlsListener = listen({ hostname: "127.0.0.1", port: 0 });
    this.tlsPort = tlsListener.address.port;
    this.server = Pop3Server.start({
      port: 0,
      tls: this.tls,
      tlsListener,
      authenticator: singlePassword(PASSWORD),
      openStore: () => Promise.resolve(new FakeStore({ count: 3, size: 200_000 })),
      logger: this.log,
      ...options,
    });
  }

  async plain(): Promise<Dialogue> {
    return new Dialogue(denoTransport(await Deno.connect(this.server.address)));
  }

  async implicit(ca: CertificateName = "ca"): Promise<Dialogue> {
    const conn = await Deno.connectTls({
      hostname: "localhost",
      port: this.tlsPort,
      caCerts: [pem(ca)],
    });
    const transport = denoTransport(conn);
    try {
      await conn.handshake();
    } catch (error) {
      transport.close();
      throw error;
    }
    return new Dialogue(transport);
  }

  async ended(count: number = 1): Promise<unknown> {
    for (;;) {
      const ends = this.log.entries.filter(({ message }) => message === "session ended");
      const last = ends[count - 1];
      if (last !== undefined) return last.fields.ended;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    await this.tls[Symbol.asyncDispose]();
  }
}

async function upgraded(me: Dialogue): Promise<Dialogue> {
  await me.expect("greeting", "+OK");
  await me.talk(["STLS", "+OK"]);
  await me.transport.startTls({ hostname: "localhost", caCerts: [pem("ca")] });
  return me;
}

async function fetchAll(me: Dialogue): Promise<void> {
  await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"]);
  await me.send("RETR 1\r\nRETR 2\r\nRETR 3\r\nQUIT\r\n");
  const store = new FakeStore({ count: 3, size: 200_000 });
  for (const item of await store.query({})) {
    await me.expect("RETR", "+OK");
    assertEquals((await me.message()).length, item.size);
  }
  await me.expect("QUIT", "+OK");
  await me.closed();
  me.transport.close();
}

permitted(
  NEEDS,
  "STLS: messages come whole over the upgraded connection, QUIT included",
  async () => {
    await using served = new Served();
    await fetchAll(await upgraded(await served.plain()));
    assertEquals(await served.ended(), "quit");
  },
);

permitted(NEEDS, "implicit TLS: the same", async () => {
  await using served = new Served();
  const me = await served.implicit();
  await me.expect("greeting", "+OK");
  await fetchAll(me);
});

for (const way of ["stls", "implicit"] as const) {
  permitted(NEEDS, `log and metrics tell the version of TLS and the cipher: ${way}`, async () => {
    const metrics = new ServerMetrics();
    await using served = new Served({ metrics });
    const me = way === "stls" ? await upgraded(await served.plain()) : await served.implicit();
    if (way === "implicit") await me.expect("greeting", "+OK");
    await me.talk(["QUIT", "+OK"]);
    me.transport.close();
    await served.ended();
    const line = served.log.entries.find(({ message }) => message === "session ended");
    assertEquals(line?.fields.tlsVersion, "TLSv1.3");
    assertMatch(String(line?.fields.cipher), /^TLS_(AES|CHACHA20)_[A-Z0-9_]+$/);
    const labels = `way="${way}",version="TLSv1.3",result="ok"`;
    assertStringIncludes(metrics.render(), `izypop3_tls_handshakes_total{${labels}} 1\n`);
  });
}

permitted(NEEDS, "a handshake that fails has its line in the log, with the reason", async () => {
  const metrics = new ServerMetrics();
  await using served = new Served({ metrics });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: served.tlsPort });
  const me = new Dialogue(denoTransport(conn));
  await me.send("CAPA\r\n");
  await me.rest().catch(() => "");
  me.transport.close();
  assertEquals(await served.ended(), "TLS handshake failed");
  const line = served.log.entries.find(({ message }) => message === "session ended");
  assertMatch(String(line?.fields.reason), /Cannot start TLS/);
  const labels = 'way="implicit",version="unknown",result="failed"';
  assertStringIncludes(metrics.render(), `izypop3_tls_handshakes_total{${labels}} 1\n`);
});

permitted(NEEDS, "fifty clients upgrade at the same time", async () => {
  await using served = new Served();
  await Promise.all(Array.from({ length: 50 }, async () => {
    const me = await upgraded(await served.plain());
    await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"], ["QUIT", "+OK"]);
    await me.closed();
    me.transport.close();
  }));
});

permitted(NEEDS, "octets in the clear behind STLS, sent later, end the handshake", async () => {
  await using served = new Served();
  const me = await served.plain();
  await me.expect("greeting", "+OK");
  await me.talk(["STLS", "+OK"]);
  await me.send(`USER me\r\nPASS ${PASSWORD}\r\nSTAT\r\n`);
  const rest = await me.rest().catch(() => "");
  assert(!rest.includes("+OK") && !rest.includes("-ERR"), rest);
  me.transport.close();
  assertEquals(await served.ended(), "TLS handshake failed");
});

for (const way of ["STLS", "implicit TLS"] as const) {
  permitted(
    NEEDS,
    `a handshake that never ends is bounded by the idle time-out: ${way}`,
    async () => {
      await using served = new Served({ idleTimeoutSeconds: 0.5 });
      const conn = await Deno.connect(
        way === "STLS" ? served.server.address : { hostname: "127.0.0.1", port: served.tlsPort },
      );
      const me = new Dialogue(denoTransport(conn));
      if (way === "STLS") {
        await me.expect("greeting", "+OK");
        await me.talk(["STLS", "+OK"]);
      }
      assertEquals(await me.rest().catch(() => ""), "");
      me.transport.close();
      assertEquals(await served.ended(), "idle time-out");
    },
  );
}

permitted(NEEDS, "a client that does not trust the certificate harms nobody", async () => {
  await using served = new Served();
  await assertRejects(() => served.implicit("self_signed"));
  const me = await served.implicit();
  await me.expect("greeting", "+OK");
  me.transport.close();
});

permitted(NEEDS, "a stranger cannot attach to the loopback end", async () => {
  const ports: number[] = [];
  const { listenTls } = Deno;
  Deno.listenTls = (options) => {
    const listener = listenTls(options);
    ports.push(listener.addr.port);
    return listener;
  };
  await using served = new Served();
  Deno.listenTls = listenTls;
  const [port] = ports;
  assert(port !== undefined);
  const conn = await Deno.connectTls({
    hostname: "localhost",
    port,
    caCerts: [pem("ca")],
  });
  assertEquals(await conn.read(new Uint8Array(1)).catch(() => null), null);
  conn.close();
  await fetchAll(await upgraded(await served.plain()));
});

permitted(
  NEEDS,
  "another certificate is for new connections; those that are there go on",
  async () => {
    await using served = new Served();
    const old = await served.implicit();
    await old.signIn();
    served.tls.renew(pair("self_signed"));
    await assertRejects(() => served.implicit());
    const fresh = await served.implicit("self_signed");
    await fresh.expect("greeting", "+OK");
    await old.talk(["STAT", "+OK 3 "], ["QUIT", "+OK"]);
    await old.closed();
    old.transport.close();
    fresh.transport.close();
  },
);

permitted(
  NEEDS,
  "a pair that cannot be used is refused with the reason, and the old one stays",
  async () => {
    await using served = new Served();
    const cases: readonly [KeyPair, string][] = [
      [{ cert: pem("server"), key: pair("self_signed").key }, "that of another certificate"],
      [{ cert: pem("server"), key: pem("server") }, "no private key"],
      [{ cert: "nothing", key: pair("server").key }, "no certificate"],
    ];
    for (const [bad, reason] of cases) {
      assertThrows(() => served.tls.renew(bad), CertificateError, reason);
    }
    await fetchAll(await upgraded(await served.plain()));
  },
);

permitted(NEEDS, "less than TLS 1.2 is refused", async () => {
  // A ClientHello of TLS 1.0, by hand: nothing on this machine would send one.
  await using served = new Served();
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: served.tlsPort });
  const hello = new Uint8Array(4 + 2 + 32 + 1 + 4 + 2);
  hello.set([1, 0, 0, hello.length - 4, 3, 1]);
  hello.set([0, 2, 0, 0x2f, 1, 0], 39);
  await conn.write(Uint8Array.from([22, 3, 1, 0, hello.length, ...hello]));
  const reply = new Uint8Array(100);
  const count = await conn.read(reply).catch(() => null) ?? 0;
  // An alert (21), or nothing at all; no handshake (22).
  assert(count === 0 || reply[0] === 21, `${reply.subarray(0, count)}`);
  conn.close();
  assertEquals(await served.ended(), "TLS handshake failed");
});
