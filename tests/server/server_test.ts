import { assert, assertEquals, assertThrows } from "@std/assert";
import { singlePassword } from "../../lib/auth/single_password.ts";
import { ConnectionError } from "../../lib/net/errors.ts";
import { denoTransport } from "../../lib/net/deno_transport.ts";
import type { Listener } from "../../lib/net/listener.ts";
import { MemoryListener } from "../../lib/net/memory_listener.ts";
import { Pop3Server, type Pop3ServerOptions } from "../../lib/server/mod.ts";
import { FakeStore } from "../../lib/stores/fake.ts";
import { permitted } from "../helpers/permissions.ts";
import { concat, latin1, text } from "../helpers/random.ts";
import { Dialogue, PASSWORD } from "./dialogue.ts";

function start(options: Partial<Pop3ServerOptions> = {}): [Pop3Server, FakeStore] {
  const store = new FakeStore();
  const server = Pop3Server.start({
    port: 0,
    authenticator: singlePassword(PASSWORD),
    openStore: () => Promise.resolve(store),
    ...options,
  });
  return [server, store];
}

async function connect(server: Pop3Server): Promise<Dialogue> {
  return new Dialogue(denoTransport(await Deno.connect(server.address)));
}

permitted({ net: true }, "every made-up message comes over a socket as it is stored", async () => {
  const [server, store] = start();
  await using _server = server;
  const me = await connect(server);
  await me.signIn();
  const items = await store.query({ tags: ["unread"] });
  const octets = items.reduce((sum, item) => sum + item.size, 0);
  await me.talk(["STAT", `+OK 99 ${octets}`]);
  await me.send(items.map((_, index) => `RETR ${index + 1}\r\n`).join(""));
  for (const item of items) {
    await me.expect("RETR", `+OK ${item.size} octets`);
    const message = await me.message();
    assert(message === text(concat(await Array.fromAsync(store.read(item)))), item.id);
  }
  await me.talk(["DELE 99", "+OK"], ["QUIT", "+OK"]);
  await me.closed();
  me.transport.close();
  assertEquals((await store.query({ tags: ["archive"] })).map((item) => item.id), [items[98]?.id]);
});

permitted(
  { net: true },
  "a socket that is half-closed behind QUIT still gets its reply",
  async () => {
    const [server] = start();
    await using _server = server;
    const conn = await Deno.connect(server.address);
    await conn.write(latin1("QUIT\r\n"));
    await conn.closeWrite();
    const me = new Dialogue(denoTransport(conn));
    await me.expect("greeting", "+OK");
    await me.expect("QUIT", "+OK");
    await me.closed();
    conn.close();
  },
);

permitted({ net: true }, "a connection that is reset lets the lock go", async () => {
  const [server, store] = start();
  await using _server = server;
  const me = await connect(server);
  await me.signIn();
  await me.send("RETR 1\r\n".repeat(2000));
  // Closing with octets unread makes a reset of it.
  me.transport.close();
  for (let locked = true; locked;) {
    locked = await store.lock("test").then((lock) => lock[Symbol.asyncDispose](), () => true) ??
      false;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
});

permitted({ net: true }, "a hundred connections at a time are served", async () => {
  const [server] = start({ openStore: () => Promise.resolve(new FakeStore({ count: 3 })) });
  await using _server = server;
  await Promise.all(Array.from({ length: 100 }, async () => {
    const me = await connect(server);
    await me.signIn();
    await me.talk(["STAT", "+OK 3 "], ["QUIT", "+OK"]);
    await me.closed();
    me.transport.close();
  }));
});

Deno.test("a connection that is closed counts until the system lets go of it", async () => {
  const doors = new MemoryListener();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const listener: Listener = {
    address: doors.address,
    close: () => doors.close(),
    async *[Symbol.asyncIterator]() {
      for await (const transport of doors) yield Object.assign(transport, { released });
    },
  };
  const [server] = start({ listener, maxConnections: 1 });
  await using _server = server;
  const visit = async (answer: string): Promise<void> => {
    const me = new Dialogue(doors.connect());
    await me.expect("greeting", answer);
    if (answer === "+OK") await me.talk(["QUIT", "+OK"]);
    await me.closed();
    me.transport.close();
  };
  await visit("+OK");
  await visit("-ERR [SYS/TEMP]");
  release();
  await released;
  await visit("+OK");
});

permitted({ net: true }, "a port that is taken is told with the port", async () => {
  const [server] = start();
  await using _server = server;
  const { port } = server.address;
  const error = assertThrows(() => start({ port }), ConnectionError);
  assertEquals(error.kind, "in-use");
  assert(error.message.includes(`127.0.0.1:${port}`));
});

permitted({ net: true }, "after shutdown nobody listens any more", async () => {
  const [server] = start();
  const me = await connect(server);
  await me.line();
  const down = server.shutdown(0.01);
  await me.closed();
  await down;
  await server.finished;
  me.transport.close();
  const refused = await Deno.connect(server.address).then(() => false, () => true);
  assert(refused);
});
