/** Messages that are too large to be held: how they wait, how they are sent, what may go wrong. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CloudStoreOptions } from "../../../lib/stores/cloud.ts";
import type { MimeStore, NewMimeItem } from "../../../lib/stores/mime_store.ts";
import { type CloudTable, memoryTable, TOKEN } from "../../helpers/cloud_tables.ts";
import { permitted } from "../../helpers/permissions.ts";
import { latin1, seeded, text } from "../../helpers/random.ts";
import { withTemporaryFilesIn } from "../../helpers/temporary_files.ts";
import { addAll, assertKind, onlyItem, readAll } from "../conformance.ts";

/** More than is held, less than a slice and a half. */
const SIZE = 1_300_000;

/** How large requests came. */
interface Sent {
  readonly forms: ("whole" | "pieces")[];
}

/** Notes every large request; `answer` may answer in place of the table. */
function watched(
  table: CloudTable,
  answer: (isPieces: boolean) => Response | undefined = () => undefined,
): Sent & { readonly fetch: NonNullable<CloudStoreOptions["fetch"]> } {
  const sent: Sent = { forms: [] };
  return {
    ...sent,
    fetch: async (url, init) => {
      const isPieces = init.body instanceof ReadableStream;
      if (!isPieces && init.body instanceof Uint8Array && init.body.length < SIZE) {
        return await table.gateway.fetch(url, init);
      }
      sent.forms.push(isPieces ? "pieces" : "whole");
      const said = answer(isPieces);
      if (said === undefined) return await table.gateway.fetch(url, init);
      if (init.body instanceof ReadableStream) await init.body.cancel();
      return said;
    },
  };
}

function largeMessage(guid = "large"): { item: NewMimeItem; octets: Uint8Array } {
  const random = seeded(41);
  const octets = Uint8Array.from({ length: SIZE }, () => Math.floor(random() * 256));
  const chunks = function* (): Generator<Uint8Array> {
    for (let at = 0; at < SIZE; at += 70_001) yield octets.slice(at, at + 70_001);
  };
  return { item: { sourceid: "s", guid, octets: chunks() }, octets };
}

async function assertKept(store: MimeStore, octets: Uint8Array): Promise<void> {
  assert(text(await readAll(store, await onlyItem(store), { form: "kept" })) === text(octets));
}

const TEMPORARY = { read: true, write: true } as const;

for (const encoding of ["plain", "shift", "hex"] as const) {
  permitted(TEMPORARY, `a large message goes in pieces, exactly (${encoding})`, async () => {
    await using table = memoryTable();
    const sent = watched(table);
    await using store = await table.open({ encoding, fetch: sent.fetch });
    const { item, octets } = largeMessage();
    const small = { sourceid: "s", guid: "small", octets: [latin1("A: b\r\n")] };
    const results = await addAll(store, [small, item, { ...small, guid: "smaller" }]);
    assertEquals(results.map((r) => r.outcome), ["stored", "stored", "stored"]);
    assertEquals(sent.forms, ["pieces"]);
    await store.remove((await store.query()).filter(({ guid }) => guid !== "large"));
    await assertKept(store, octets);
    assertEquals((await addAll(store, [largeMessage().item]))[0]?.outcome, "duplicate");
    assertEquals(sent.forms, ["pieces"]);
  });
}

permitted(
  TEMPORARY,
  "a large message is sent again as a whole stream, and stored once",
  async () => {
    await using table = memoryTable();
    const sent = watched(table);
    await using store = await table.open({ fetch: sent.fetch });
    const { item, octets } = largeMessage();
    let times = 0;
    table.gateway.fault = ({ octets }) =>
      octets < SIZE
        ? undefined
        : ++times === 1
        ? { kind: "status", status: 503 }
        : times === 2
        ? { kind: "lost" }
        : undefined;
    assertEquals((await addAll(store, [item]))[0]?.outcome, "stored");
    assertEquals(sent.forms, ["pieces", "pieces", "pieces"]);
    await assertKept(store, octets);
  },
);

/** Services of old, and what stands before them. */
const REFUSALS: Readonly<Record<string, () => Response>> = {
  "wants to know a length": () => new Response("length required", { status: 411 }),
  "does not know such a request": () => new Response("not implemented", { status: 501 }),
  "finds no token in it": () => new Response("FAIL: the access token is missing"),
  "finds no statement in it": () => new Response("FAIL: Query was empty"),
  "takes it for an empty one": () => new Response("SUCCESS: OK"),
};

for (const [name, refusal] of Object.entries(REFUSALS)) {
  permitted(TEMPORARY, `a service that ${name} gets a large message whole`, async () => {
    await using table = memoryTable();
    const sent = watched(table, (isPieces) => isPieces ? refusal() : undefined);
    await using store = await table.open({ fetch: sent.fetch });
    const { item, octets } = largeMessage();
    assertEquals((await addAll(store, [item]))[0]?.outcome, "stored");
    await assertKept(store, octets);
    await addAll(store, [largeMessage("another").item]);
    assertEquals(sent.forms, ["pieces", "whole", "whole"]);
  });
}

permitted(
  TEMPORARY,
  "a message that the service does not take is told by name of the limit",
  async () => {
    await using table = memoryTable();
    const sent = watched(
      table,
      () => new Response("FAIL: Got a packet bigger than 'max_allowed_packet' bytes"),
    );
    await using store = await table.open({ fetch: sent.fetch });
    const error = await assertKind("config", () => addAll(store, [largeMessage().item]));
    assert(error.message.includes("max_allowed_packet"), error.message);
    assertEquals(sent.forms, ["pieces"]);
    assertEquals(await store.query(), []);
  },
);

permitted(TEMPORARY, "input that breaks off in a large message leaves no file behind", async () => {
  const folder = await Deno.makeTempDir();
  await using table = memoryTable();
  try {
    const count = await withTemporaryFilesIn(folder, async () => {
      await using store = await table.open();
      const { octets } = largeMessage();
      const seen: string[] = [];
      const breaking = function* (): Generator<Uint8Array> {
        yield octets;
        seen.push(...Array.from(Deno.readDirSync(folder), ({ name }) => name));
        throw new Error("the line was cut");
      };
      const items = [{ sourceid: "s", guid: "1", octets: breaking() }];
      await assertRejects(() => addAll(store, items), Error, "the line was cut");
      // It has no name even while it is used, where the system lets it.
      if (Deno.build.os !== "windows") assertEquals(seen, []);
      assertEquals(Array.from(Deno.readDirSync(folder)), []);
      assertEquals(await store.query(), []);
    });
    assertEquals(count, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

permitted(TEMPORARY, "an abort while a large message is sent leaves nothing behind", async () => {
  await using table = memoryTable();
  const stop = new AbortController();
  await using store = await table.open({
    fetch: (url, init) => {
      if (!(init.body instanceof ReadableStream)) return table.gateway.fetch(url, init);
      stop.abort(new Error("enough"));
      init.signal?.throwIfAborted();
      throw new Error("never");
    },
  });
  const adding = store.addItems([largeMessage().item], { signal: stop.signal });
  await assertRejects(() => Array.fromAsync(adding), Error, "enough");
  assertEquals(await store.query(), []);
});

Deno.test({
  name: "where no file may be written a large message is held, and sent in pieces all the same",
  permissions: "none",
  fn: async () => {
    await using table = memoryTable();
    const sent = watched(table);
    await using store = await table.open({ fetch: sent.fetch });
    const { item, octets } = largeMessage();
    await addAll(store, [item]);
    assertEquals(sent.forms, ["pieces"]);
    await assertKept(store, octets);
  },
});

permitted({ ...TEMPORARY, net: true }, "over HTTP a large message comes through", async () => {
  await using table = memoryTable();
  await using served = table.gateway.serve();
  await using store = await table.open({
    dataservice: served.url,
    fetch: (url, init) => fetch(url, init),
  });
  const { item, octets } = largeMessage();
  await addAll(store, [item]);
  await assertKept(store, octets);
  assert(table.gateway.requests.every(({ token }) => token === TOKEN));
});
