/** What many silent connections cost; the quick suite has 500 of them. */
import { assert } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { Pop3Server } from "../../lib/server/mod.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { permitted } from "../helpers/permissions.ts";
import { Dialogue } from "../server/dialogue.ts";

permitted(
  { net: true },
  "5,000 silent connections cost some KB each, both ends together",
  async () => {
    const count = 5000;
    const store = new FakeStore({ count: 3 });
    await using server = Pop3Server.start({
      port: 0,
      authenticator: singlePassword("secret"),
      openStore: () => Promise.resolve(store),
    });
    const before = Deno.memoryUsage();
    const all: Dialogue[] = [];
    for (let i = 0; i < count; i++) {
      const me = new Dialogue(denoTransport(await Deno.connect(server.address)));
      await me.expect("greeting", "+OK");
      all.push(me);
    }
    const { rss, heapUsed } = Deno.memoryUsage();
    const kilobytes = (rss - before.rss) / count / 1024;
    console.log(
      `${kilobytes.toFixed(1)} KB each, ${(heapUsed - before.heapUsed) / count} on the heap`,
    );
    const start = performance.now();
    const me = new Dialogue(denoTransport(await Deno.connect(server.address)));
    await me.expect("greeting", "+OK");
    await me.talk(["USER me", "+OK"], ["PASS secret", "+OK"], ["QUIT", "+OK"]);
    console.log(`a session beside them took ${(performance.now() - start).toFixed(1)} ms`);
    for (const { transport } of [...all, me]) transport.close();
    assert(kilobytes < 64);
  },
);
