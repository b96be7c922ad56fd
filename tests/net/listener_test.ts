import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionError } from "../../lib/net/errors.ts";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import { listen, type Listener } from "../../lib/net/listener.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1, text } from "../helpers/random.ts";

async function pairOver(listener: Listener): Promise<[Transport, Transport]> {
  const accepted = listener[Symbol.asyncIterator]().next();
  const client = denoTransport(await Deno.connect(listener.address));
  const result = await accepted;
  assert(result.done !== true);
  return [client, result.value];
}

permitted({ net: true }, "a listener on port 0 says which port it got", () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  assertEquals(listener.address.hostname, "127.0.0.1");
  assert(listener.address.port > 0);
  listener.close();
  listener.close();
});

permitted({ net: true }, "two ends of a socket exchange octets and see the end", async () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const [client, server] = await pairOver(listener);
  assertEquals(server.local.port, listener.address.port);
  assertEquals(server.remote, client.local);
  assertEquals(client.secure, false);
  const into = new Uint8Array(16);
  await client.write(latin1("ping"));
  assertEquals(text(into.subarray(0, await server.read(into))), "ping");
  client.close();
  client.close();
  assertEquals(await server.read(into), 0);
  server.close();
  listener.close();
});

permitted({ net: true }, "a large write arrives whole at a reader who takes its time", async () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const [client, server] = await pairOver(listener);
  const octets = new Uint8Array(20_000_000).fill(7);
  const written = server.write(octets).then(() => server.close());
  const into = new Uint8Array(100_000);
  let got = 0;
  for (let count = await client.read(into); count > 0; count = await client.read(into)) {
    assert(into.subarray(0, count).every((octet) => octet === 7));
    got += count;
  }
  await written;
  assertEquals(got, octets.length);
  client.close();
  listener.close();
});

permitted(
  { net: true },
  "a socket closed in a write to one who never reads is let go",
  async () => {
    const listener = listen({ hostname: "127.0.0.1", port: 0 });
    const [client, server] = await pairOver(listener);
    const write = server.write(new Uint8Array(50_000_000));
    assert((await client.read(new Uint8Array(1))) > 0);
    assertEquals(server.released, undefined);
    server.close();
    assertEquals((await assertRejects(() => write, ConnectionError)).kind, "lost");
    // Deno 2.4 keeps it for as long as the peer does.
    client.close();
    await server.released;
    listener.close();
  },
);

permitted({ net: true }, "closing our side ends our pending read with a typed error", async () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const [client, server] = await pairOver(listener);
  const read = assertRejects(() => server.read(new Uint8Array(1)), ConnectionError);
  server.close();
  await read;
  const error = await assertRejects(() => server.write(latin1("x")), ConnectionError);
  assertEquals(error.kind, "lost");
  client.close();
  listener.close();
});

permitted({ net: true }, "closing a listener ends its iteration", async () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const ended = (async () => {
    for await (const transport of listener) transport.close();
  })();
  listener.close();
  await ended;
});

permitted({ net: true }, "a port that is taken is a ConnectionError of kind in-use", () => {
  const listener = listen({ hostname: "127.0.0.1", port: 0 });
  const error = assertThrows(() => listen(listener.address), ConnectionError);
  assertEquals(error.kind, "in-use");
  assert(error.message.includes(String(listener.address.port)));
  listener.close();
});
