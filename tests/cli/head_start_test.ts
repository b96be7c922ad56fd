import { assertEquals, assertRejects } from "@std/assert";
import { HeadStart } from "../../lib/cli/client/head_start.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { permitted } from "../helpers/permissions.ts";

const LOOPBACK = "127.0.0.1";

function listen(): { readonly listener: Deno.TcpListener; readonly port: number } {
  const listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  return { listener, port: listener.addr.port };
}

permitted({ net: true }, "the connection of a head start is for the first who asks", async () => {
  const { listener, port } = listen();
  using _listener = listener;
  const headStart = new HeadStart(LOOPBACK, port);
  using peer = await listener.accept();
  await peer.write(new TextEncoder().encode("+OK\r\n"));
  const transport = await headStart.take();
  assertEquals(headStart.take(), undefined);
  await headStart[Symbol.asyncDispose]();
  // Nobody has read what the server says.
  assertEquals(await transport?.read(new Uint8Array(9)), 5);
  transport?.close();
});

permitted({ net: true }, "a connection that nobody took is closed", async () => {
  const { listener, port } = listen();
  using _listener = listener;
  const headStart = new HeadStart(LOOPBACK, port);
  using peer = await listener.accept();
  await headStart[Symbol.asyncDispose]();
  assertEquals(await peer.read(new Uint8Array(9)), null);
});

permitted(
  { net: true },
  "what went wrong is told to whoever takes it, and to nobody else",
  async () => {
    const { listener, port } = listen();
    listener.close();
    await using _untaken = new HeadStart(LOOPBACK, port);
    await using headStart = new HeadStart(LOOPBACK, port);
    await assertRejects(() => headStart.take() ?? Promise.resolve(), ConnectionError);
  },
);
