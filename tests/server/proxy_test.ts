/** The PROXY protocol at the server's door: over sockets, plain, STLS and implicit TLS. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { listen } from "../../lib/net/listener.ts";
import { ServerTls } from "../../lib/net/server_tls.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../lib/server/server.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { permitted } from "../helpers/permissions.ts";
import { binaryHeader, ipv4Body, ipv6Body } from "../helpers/proxy_headers.ts";
import { concat, latin1, octetByOctet } from "../helpers/random.ts";
import { pem } from "../helpers/tls_listener.ts";
import { Dialogue, LogBook, PASSWORD } from "./dialogue.ts";

const NEEDS = { net: true, read: true } as const;

const HEADERS = {
  "version 1": latin1("PROXY TCP4 192.0.2.9 127.0.0.1 4711 110\r\n"),
  "version 2": binaryHeader(0x21, 0x11, ipv4Body([192, 0, 2, 9], 4711, 40)),
} as const;

/** A server that trusts 127.0.0.1, and what its log says. */
class Served implements AsyncDisposable {
  readonly log = new LogBook();
  readonly server: Pop3Server;
  readonly tls: ServerTls | undefined;
  readonly tlsPort: number;

  constructor(options: Partial<Pop3ServerOptions> = {}, withTls: boolean = false) {
    const key = withTls
      ? Deno.readTextFileSync(new URL("../helpers/certs/server.key", import.meta.url))
      : "";
    this.tls = withTls ? ServerTls.open({ cert: pem("server"), key }) : undefined;
    const tlsListener = withTls ? listen({ hostname: "127.0.0.1", port: 0 }) : undefined;
    this.tlsPort = tlsListener?.address.port ?? 0;
    this.server = Pop3Server.start({
      port: 0,
      tls: this.tls,
      tlsListener,
      proxyFrom: ["127.0.0.0/8"],
      authenticator: singlePassword(PASSWORD),
      openStore: () => Promise.resolve(new FakeStore({ count: 3 })),
      logger: this.log,
      ...options,
    });
  }

  async connect(port: number = this.server.address.port): Promise<Deno.TcpConn> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return conn;
  }

  /** A client behind a balancer that says `header`. */
  async behind(header: Uint8Array): Promise<Dialogue> {
    const me = new Dialogue(denoTransport(await this.connect()));
    await me.transport.write(header);
    return me;
  }

  /** The fields of the lines about sessions, when there are so many. */
  async ended(count: number = 1): Promise<LogBook["entries"][number]["fields"]> {
    for (;;) {
      const ends = this.log.entries.filter(({ message }) => message === "session ended");
      const last = ends[count - 1];
      if (last !== undefined) return last.fields;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    await this.tls?.[Symbol.asyncDispose]();
  }
}

for (const [version, header] of Object.entries(HEADERS)) {
  permitted(NEEDS, `PROXY ${version}, plain: the session is the client's`, async () => {
    await using served = new Served();
    const me = await served.behind(header);
    await me.signIn();
    await me.talk(["STAT", "+OK 3 "], ["QUIT", "+OK"]);
    await me.closed();
    me.transport.close();
    const { user, address, ended } = await served.ended();
    assertEquals([user, address, ended], ["me", "192.0.2.9:4711", "quit"]);
  });

  permitted(NEEDS, `PROXY ${version}: octet by octet, with commands behind it`, async () => {
    await using served = new Served();
    const me = new Dialogue(denoTransport(await served.connect()));
    const said = concat([header, latin1(`USER me\r\nPASS ${PASSWORD}\r\nSTAT\r\nQUIT\r\n`)]);
    for (const octet of octetByOctet(said)) await me.transport.write(octet);
    for (const reply of ["+OK", "+OK", "+OK", "+OK 3 ", "+OK"]) await me.expect("", reply);
    await me.closed();
    me.transport.close();
  });

  permitted(NEEDS, `PROXY ${version}, STLS: the same over the upgraded connection`, async () => {
    await using served = new Served({}, true);
    const me = await served.behind(header);
    await me.expect("greeting", "+OK");
    await me.talk(["STLS", "+OK"]);
    await me.transport.startTls({ hostname: "localhost", caCerts: [pem("ca")] });
    await me.talk(["USER me", "+OK"], [`PASS ${PASSWORD}`, "+OK"], ["QUIT", "+OK"]);
    await me.closed();
    me.transport.close();
    const { address, tls, ended } = await served.ended();
    assertEquals([address, tls, ended], ["192.0.2.9:4711", true, "quit"]);
  });

  permitted(
    NEEDS,
    `PROXY ${version}, implicit TLS: the header comes before the handshake`,
    async () => {
      await using served = new Served({}, true);
      const conn = await served.connect(served.tlsPort);
      await conn.write(new Uint8Array(header));
      const me = new Dialogue(
        denoTransport(await Deno.startTls(conn, { hostname: "localhost", caCerts: [pem("ca")] })),
      );
      await me.signIn();
      await me.talk(["QUIT", "+OK"]);
      await me.closed();
      me.transport.close();
      const { address, tls } = await served.ended();
      assertEquals([address, tls], ["192.0.2.9:4711", true]);
    },
  );
}

permitted(NEEDS, "LOCAL, as health checks send it, is the balancer's own session", async () => {
  await using served = new Served();
  const me = await served.behind(binaryHeader(0x20, 0, new Uint8Array(0)));
  await me.expect("greeting", "+OK");
  await me.talk(["QUIT", "+OK"]);
  me.transport.close();
  const { address } = await served.ended();
  assert(String(address).startsWith("127.0.0.1:"), String(address));
});

permitted(
  NEEDS,
  "a header from somebody who is not trusted is a bad command and no more",
  async () => {
    await using served = new Served({ proxyFrom: ["192.0.2.0/24", "2001:db8::/32"] });
    const me = await served.behind(HEADERS["version 1"]);
    await me.expect("greeting", "+OK");
    await me.expect("PROXY", "-ERR");
    await me.talk(["QUIT", "+OK"]);
    me.transport.close();
    const { address } = await served.ended();
    assert(String(address).startsWith("127.0.0.1:"), String(address));
  },
);

permitted(NEEDS, "without a balancer named nobody's header is taken", async () => {
  await using served = new Served({ proxyFrom: undefined });
  const me = await served.behind(HEADERS["version 2"]);
  await me.expect("greeting", "+OK");
  me.transport.close();
  assert(String((await served.ended()).address).startsWith("127.0.0.1:"));
});

permitted(
  NEEDS,
  "a balancer that sends no header is closed without a word, with one line",
  async () => {
    await using served = new Served();
    const me = await served.behind(latin1("CAPA\r\n"));
    assertEquals(await me.rest().catch(() => ""), "");
    me.transport.close();
    const { ended, reason } = await served.ended();
    assertEquals(ended, "no PROXY header");
    assert(String(reason).includes("begins with something else"), String(reason));
  },
);

permitted(NEEDS, "a header that does not come in time is the same", async () => {
  await using served = new Served({ idleTimeoutSeconds: 0.05 });
  const me = await served.behind(latin1("PROXY TCP4 "));
  assertEquals(await me.rest().catch(() => ""), "");
  me.transport.close();
  assertEquals((await served.ended()).ended, "no PROXY header");
});

permitted(NEEDS, "a balancer that only looks whether somebody listens is no fault", async () => {
  await using served = new Served();
  (await served.connect()).close();
  assertEquals((await served.ended()).ended, "closed by client");
  assertEquals(served.log.of("warn"), []);
});

permitted(NEEDS, "limits count clients by the address that the header names", async () => {
  await using served = new Served({ maxPerIp: 1 });
  const header = (last: number): Uint8Array =>
    binaryHeader(0x21, 0x21, ipv6Body([0x2001, 0xdb8, 0, last, 0, 0, 0, 1], 4711));
  const first = await served.behind(header(1));
  await first.expect("greeting", "+OK");
  const other = await served.behind(header(2));
  await other.expect("greeting", "+OK");
  const second = await served.behind(header(1));
  await second.expect("greeting", "-ERR [SYS/TEMP] Too many connections from one address");
  for (const { transport } of [first, other, second]) transport.close();
});

permitted(
  NEEDS,
  "delays after failed sign-ins are for the client, not for the balancer",
  async () => {
    const waits: number[] = [];
    await using served = new Served({ authPenaltyMaxSeconds: 0.01 });
    const fail = async (header: Uint8Array): Promise<void> => {
      const start = performance.now();
      const me = await served.behind(header);
      await me.expect("greeting", "+OK");
      await me.talk([`USER u${waits.length}`, "+OK"], ["PASS wrong", "-ERR [AUTH]"], [
        "QUIT",
        "+OK",
      ]);
      me.transport.close();
      waits.push(performance.now() - start);
    };
    await fail(HEADERS["version 1"]);
    await fail(HEADERS["version 2"]);
    // The second one comes from the same client, by the other version: it must have waited.
    assert((waits[1] ?? 0) >= 9, waits.join());
  },
);

permitted(NEEDS, "those who have not said whose they are count as connections", async () => {
  await using served = new Served({ maxConnections: 2 });
  const silent = [await served.connect(), await served.connect()];
  const third = new Dialogue(denoTransport(await served.connect()));
  await third.expect("greeting", "-ERR [SYS/TEMP] Too many connections");
  for (const conn of [...silent, third.transport]) conn.close();
});

permitted(NEEDS, "a shutdown does not wait for a header", async () => {
  const served = new Served();
  const me = await served.behind(latin1("PROXY"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  await served.server.shutdown(600);
  assertEquals(await me.rest().catch(() => ""), "");
  me.transport.close();
  assertEquals((await served.ended()).ended, "server shutdown");
});

Deno.test("an address that is none is refused before anything listens", () => {
  assertThrows(
    () =>
      Pop3Server.start({
        port: 0,
        authenticator: singlePassword("x"),
        openStore: () => Promise.reject(new Error("not asked")),
        proxyFrom: ["localhost"],
      }),
    TypeError,
    "localhost",
  );
});
