import { assertEquals, assertRejects } from "@std/assert";
import { selectMessages } from "../../lib/client/select.ts";
import { ServerRefusal } from "../../lib/protocol/errors.ts";
import { parseMessageSet } from "../../lib/protocol/message_set.ts";
import { withServer } from "./scripted_server.ts";

const LISTED = "S: +OK\nC: LIST\nS: +OK\nS: 2 20\nS: 5 50\nS: 7 70\nS: .";
const UIDS = "C: UIDL\nS: +OK\nS: 2 two\nS: 5\nS: 7 seven\nS: .";

Deno.test("without a query all listed messages are meant, and UIDL is not asked for nothing", async () => {
  await withServer(LISTED, async (client) => {
    assertEquals(await selectMessages(client), [
      { number: 2, size: 20 },
      { number: 5, size: 50 },
      { number: 7, size: 70 },
    ]);
  });
});

Deno.test("a query by numbers gives those that exist", async () => {
  await withServer(LISTED, async (client) => {
    const query = parseMessageSet("1-5,9");
    assertEquals(await selectMessages(client, { query }), [
      { number: 2, size: 20 },
      { number: 5, size: 50 },
    ]);
  });
});

Deno.test("a query by uid asks for the uids; a blank one is none", async () => {
  await withServer(`${LISTED}\n${UIDS}`, async (client) => {
    const query = parseMessageSet("uid:seven,5");
    assertEquals(await selectMessages(client, { query }), [
      { number: 5, size: 50 },
      { number: 7, size: 70, uid: "seven" },
    ]);
  });
});

Deno.test("a server without UIDL is refused only where the uids are needed", async () => {
  const dialogue = `${LISTED}\nC: UIDL\nS: -ERR unknown command`;
  await withServer(dialogue, async (client) => {
    assertEquals((await selectMessages(client, { uids: true })).length, 3);
  });
  await withServer(dialogue, async (client) => {
    const query = parseMessageSet("uid:two");
    await assertRejects(() => selectMessages(client, { query }), ServerRefusal);
  });
});

Deno.test("a listing in any order, with a number twice, gives each message once and in order", async () => {
  await withServer("S: +OK\nC: LIST\nS: +OK\nS: 3 30\nS: 1 10\nS: 3 31\nS: .", async (client) => {
    assertEquals(await selectMessages(client), [
      { number: 1, size: 10 },
      { number: 3, size: 31 },
    ]);
  });
});

Deno.test("a server that cannot tell the uids just now is not taken for one that has none", async () => {
  const refused = `${LISTED}\nC: UIDL\nS: -ERR [SYS/TEMP] the index is being rebuilt`;
  await withServer(refused, async (client) => {
    await assertRejects(() => selectMessages(client, { uids: true }), ServerRefusal, "rebuilt");
  });
});
