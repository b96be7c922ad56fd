/** Clients that read or speak slowly, or not at all; each costs a buffer, and others are served. */
import { assert, assertEquals } from "@std/assert";
import type { MimeItem } from "../../lib/stores/mime_store.ts";
import { permitted } from "../helpers/permissions.ts";
import { pem } from "../helpers/tls_listener.ts";
import { Dialogue } from "../server/dialogue.ts";
import { DoubleStore } from "../server/double_store.ts";
import { MemoryWatch, Site, until } from "./site.ts";

const NET = { net: true } as const;
const MEGABYTE = 1024 ** 2;

/** One message of so many octets that is nowhere as a whole: it is made while it is read. */
class EndlessStore extends DoubleStore {
  /** Octets that were asked for so far. */
  given = 0;
  readonly #size: number;

  constructor(size: number) {
    super([{ text: "", size }]);
    this.#size = size;
  }

  override async *read(_item: MimeItem): AsyncIterable<Uint8Array> {
    const line = new TextEncoder().encode(`${"m".repeat(62)}\r\n`);
    const chunk = new Uint8Array(64 * 1024);
    for (let at = 0; at < chunk.length; at += line.length) chunk.set(line, at);
    this.openReads++;
    try {
      for (let at = 0; at < this.#size; at += chunk.length) {
        await Promise.resolve();
        this.given += chunk.length;
        // The same one each time: what is measured is not the garbage of this double.
        yield chunk;
      }
    } finally {
      this.openReads--;
    }
  }
}

const LARGE = 200 * MEGABYTE;

/** What the system's socket buffers of both ends may hold, and some. */
const UNDER_WAY = 16 * MEGABYTE;

permitted(
  NET,
  "a reader at 1 KB a moment costs a buffer, and not the message of 200 MB",
  async () => {
    const store = new EndlessStore(LARGE);
    await using site = new Site({
      openStore: ({ user }) =>
        Promise.resolve(user === "slow" ? store : new DoubleStore(["x\r\n"])),
    });
    using memory = new MemoryWatch();
    const me = await site.connect();
    await me.expect("greeting", "+OK");
    await me.talk(["USER slow", "+OK"], ["PASS se cret", "+OK"]);
    await me.send("RETR 1\r\n");
    const into = new Uint8Array(1024);
    let read = 0;
    for (let round = 0; round < 300; round++) {
      read += await me.transport.read(into);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (round % 100 === 50) await site.serves();
    }
    assert(store.given < read + UNDER_WAY, `${store.given} octets were read ahead`);
    memory.staysBelow(
      64,
      `${read} octets read slowly, ${store.given} of ${LARGE} taken from the store`,
    );
    me.transport.close();
    await until(() => !store.locked);
    assertEquals(store.openReads, 0);
  },
);

for (const tls of [false, true]) {
  permitted(
    tls ? { net: true, read: true } : NET,
    `who asks and never reads is closed by the idle time-out${tls ? ", over TLS too" : ""}`,
    async () => {
      const store = new EndlessStore(LARGE);
      await using site = new Site({
        openStore: ({ user }) =>
          Promise.resolve(user === "deaf" ? store : new DoubleStore(["x\r\n"])),
        idleTimeoutSeconds: 1,
        commitMode: true,
      }, tls);
      using memory = new MemoryWatch();
      const me = await site.connect();
      await me.expect("greeting", "+OK");
      if (tls) {
        await me.talk(["STLS", "+OK"]);
        await me.transport.startTls({ hostname: "localhost", caCerts: [pem("ca")] });
      }
      await me.talk(["USER deaf", "+OK"], ["PASS se cret", "+OK"], ["DELE 1", "+OK"], [
        "RSET",
        "+OK",
      ]);
      await me.send("RETR 1\r\nDELE 1\r\nQUIT\r\n");
      await site.serves();
      const ended = (): string[] =>
        site.log.entries.filter(({ fields }) => fields["user"] === "deaf").map(({ fields }) =>
          `${fields["ended"]}`
        );
      await until(() => ended().length > 0);
      assertEquals(ended(), ["idle time-out"]);
      assertEquals([store.locked, store.openReads, store.tagOf(1)], [false, 0, "pop3failed"]);
      memory.staysBelow(64, `${store.given} of ${LARGE} octets taken from the store`);
      // Older Denos let go of the last write only when the peer is gone.
      me.transport.close();
      await new Promise((resolve) => setTimeout(resolve, 100));
    },
  );
}

permitted(
  NET,
  "a line that comes octet by octet keeps nobody connected beyond the idle time",
  async () => {
    await using site = new Site({ idleTimeoutSeconds: 0.5 });
    const me = await site.connect();
    await me.expect("greeting", "+OK");
    let sent = 0;
    const dripping = (async () => {
      for (;; sent++) {
        await me.send("U");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })().catch(() => {});
    await site.log.ended();
    await dripping;
    assertEquals(site.log.entries.at(-1)?.fields["ended"], "idle time-out");
    assertEquals(await me.rest().catch(() => ""), "");
    await site.serves();
    console.log(`${sent} octets, one at a time, were no sign of life`);
  },
);

permitted(NET, "commands that come an octet at a time are served, and so are others", async () => {
  await using site = new Site();
  const slow = await Promise.all(Array.from({ length: 20 }, () => site.connect()));
  await Promise.all(slow.map(async (me) => {
    await me.expect("greeting", "+OK");
    for (const line of ["USER me", "PASS se cret", "STAT"]) {
      for (const octet of `${line}\r\n`) await me.send(octet);
      await me.expect(line, "+OK");
    }
  }));
  await site.serves();
});

permitted(NET, "a client that ends its own direction gets all that it asked for", async () => {
  await using site = new Site({
    openStore: () => Promise.resolve(new DoubleStore([`${"x".repeat(78)}\r\n`.repeat(20_000)])),
  });
  const conn = await Deno.connect(site.server.address);
  await conn.write(new TextEncoder().encode("USER me\r\nPASS se cret\r\nRETR 1\r\nDELE 1\r\nSTA"));
  await conn.closeWrite();
  const text = await new Response(conn.readable).text();
  const statuses = text.split("\r\n").filter((line) => /^(\+OK|-ERR)/.test(line));
  assertEquals(statuses.length, 5, statuses.join());
  assert(text.length > 1_600_000 && text.includes("\r\n.\r\n+OK "));
  assertEquals((await site.log.ended()).deleted, 0);
  await site.serves();
});

permitted(
  NET,
  "a hundred clients that reset in the middle of a message leave nothing behind",
  async () => {
    const stores = Array.from({ length: 100 }, () => new EndlessStore(LARGE));
    await using site = new Site({
      openStore: ({ user }) => Promise.resolve(stores[Number(user)] ?? new DoubleStore(["x\r\n"])),
    });
    using memory = new MemoryWatch();
    await Promise.all(stores.map(async (_, index) => {
      const me = new Dialogue((await site.connect()).transport);
      await me.expect("greeting", "+OK");
      await me.talk([`USER ${index}`, "+OK"], ["PASS se cret", "+OK"], ["RETR 1", "+OK"]);
      if (index === 50) await site.serves();
      // With octets unread this is a reset.
      me.transport.close();
    }));
    await until(() => stores.every(({ locked, openReads }) => !locked && openReads === 0));
    await site.serves();
    // Of 20 GB in all it is a few MB a session, and what the runtime has not cleared up yet.
    memory.staysBelow(1600, "100 resets in messages of 200 MB");
  },
);
