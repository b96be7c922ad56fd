/** TLS handshakes that never end, and what is no handshake at all. */
import { assert, assertEquals } from "@std/assert";
import { permitted } from "../helpers/permissions.ts";
import { seeded } from "../helpers/random.ts";
import { pem } from "../helpers/tls_listener.ts";
import type { Dialogue } from "../server/dialogue.ts";
import { MemoryWatch, Site, until } from "./site.ts";

const NEEDS = { net: true, read: true } as const;

type Way = "STLS" | "implicit TLS";

const WAYS: readonly Way[] = ["STLS", "implicit TLS"];

/** A connection on which the server waits for a handshake. */
async function waiting(site: Site, way: Way): Promise<Dialogue> {
  const me = await site.connect(way === "STLS" ? "plain" : "tls");
  if (way === "STLS") {
    await me.expect("greeting", "+OK");
    await me.talk(["STLS", "+OK"]);
  }
  return me;
}

/** A whole session over TLS. */
async function servesTls(site: Site): Promise<void> {
  const me = await waiting(site, "STLS");
  await me.transport.startTls({ hostname: "localhost", caCerts: [pem("ca")] });
  await me.talk(["USER me", "+OK"], ["PASS se cret", "+OK"], ["QUIT", "+OK"]);
  await me.closed();
}

function endings(site: Site): readonly unknown[] {
  return site.log.entries.filter(({ message }) => message === "session ended")
    .map(({ fields }) => fields["ended"]);
}

for (const way of WAYS) {
  permitted(NEEDS, `100 handshakes that never begin end with the idle time: ${way}`, async () => {
    await using site = new Site({ idleTimeoutSeconds: 1.5 }, true);
    using memory = new MemoryWatch();
    const all = await Promise.all(Array.from({ length: 100 }, () => waiting(site, way)));
    await Promise.all([site.serves(), servesTls(site)]);
    await site.log.ended(102);
    assertEquals(endings(site).filter((each) => each === "idle time-out").length, 100);
    for (const me of all) assertEquals(await me.rest().catch(() => ""), "");
    assertEquals(site.log.of("error"), []);
    memory.staysBelow(96, `100 handshakes that never began (${way})`);
  });

  permitted(
    NEEDS,
    `a handshake that never ends has its place among the connections: ${way}`,
    async () => {
      for (const limit of [{ maxConnections: 3 }, { maxPerIp: 3 }]) {
        await using site = new Site({ idleTimeoutSeconds: 1.5, ...limit }, true);
        const all = await Promise.all([1, 2, 3].map(() => waiting(site, way)));
        // The beginning of a handshake is no sign of life either.
        for (const me of all) await me.transport.write(Uint8Array.of(22, 3, 1));
        await (await site.connect()).expect("greeting", "-ERR [SYS/TEMP] Too many");
        await until(() => endings(site).filter((each) => each === "idle time-out").length === 3);
        await site.serves();
      }
    },
  );

  permitted(
    NEEDS,
    `octets that are no handshake end the connection, not the server: ${way}`,
    async () => {
      await using site = new Site({}, true);
      const random = seeded(8314);
      const all = await Promise.all(Array.from({ length: 50 }, () => waiting(site, way)));
      await Promise.all(all.map(async (me, index) => {
        const garbage = Uint8Array.from(
          { length: 1 + 40 * index },
          () => Math.floor(random() * 256),
        );
        // Beginning like a record of TLS, at times: the handshake is then looked at more closely.
        if (index % 3 === 0) garbage.set([22, 3, 1, 0, 20].slice(0, garbage.length));
        await me.transport.write(garbage).catch(() => {});
        if (index === 25) await servesTls(site);
        await me.transport.closeWrite?.();
        const rest = await me.rest().catch(() => "");
        assert(!rest.includes("+OK") && !rest.includes("-ERR"), rest);
        me.transport.close();
      }));
      await site.log.ended(51);
      assertEquals(endings(site).filter((each) => each === "TLS handshake failed").length, 50);
      await Promise.all([site.serves(), servesTls(site)]);
      assertEquals(site.log.of("error"), []);
    },
  );
}

permitted(NEEDS, "who is turned away on the port for TLS hears nothing in the clear", async () => {
  await using site = new Site({ maxConnections: 1 }, true);
  await (await site.connect()).expect("greeting", "+OK");
  assertEquals(await (await site.connect("tls")).rest().catch(() => ""), "");
  await (await site.connect()).expect("greeting", "-ERR [SYS/TEMP]");
});

permitted(NEEDS, "plain commands on the port for TLS are not answered in the clear", async () => {
  await using site = new Site({}, true);
  const me = await site.connect("tls");
  await me.send("USER me\r\nPASS se cret\r\nSTAT\r\nQUIT\r\n");
  const rest = await me.rest().catch(() => "");
  assert(!rest.includes("+OK") && !rest.includes("-ERR"), rest);
  assertEquals((await site.log.ended()).ended, "TLS handshake failed");
  await site.serves();
});
