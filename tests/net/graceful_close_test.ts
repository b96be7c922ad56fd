import { assertEquals } from "@std/assert";
import { DeadlineTimer } from "../../lib/net/deadline.ts";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { closeGracefully } from "../../lib/net/graceful_close.ts";
import { memoryPair } from "../../lib/net/memory_transport.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1, text } from "../helpers/random.ts";

permitted({ net: true }, "last words arrive though the peer's own were not read", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (let round = 0; round < 20; round++) {
    const [peer, accepted] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
      listener.accept(),
    ]);
    await peer.write(new Uint8Array(100_000));
    const us = denoTransport(accepted);
    await us.write(latin1("bye\r\n"));
    const closed = closeGracefully(us, new DeadlineTimer(10));
    const said = await new Response(peer.readable).text();
    assertEquals(said, "bye\r\n");
    await closed;
  }
});

Deno.test("a peer that does not go is left after a while", async () => {
  const [us, peer] = memoryPair();
  const timer = new DeadlineTimer(1);
  const watch = timer.watch.bind(timer);
  timer.watch = (milliseconds, target) => watch(milliseconds / 1000, target);
  await us.write(latin1("bye"));
  await closeGracefully(us, timer);
  const into = new Uint8Array(8);
  assertEquals(text(into.subarray(0, await peer.read(into))), "bye");
});

Deno.test("a peer that sends without end is left after a megabyte", async () => {
  const [us, peer] = memoryPair();
  let sent = 0;
  const sending = (async () => {
    for (;; sent++) await peer.write(new Uint8Array(100_000));
  })().catch(() => {});
  await closeGracefully(us, new DeadlineTimer(60_000));
  await sending;
  assertEquals(sent < 20, true);
});

Deno.test("a peer that is gone already is no error", async () => {
  const [us, peer] = memoryPair();
  peer.close();
  await closeGracefully(us, new DeadlineTimer(10));
  us.close();
});
