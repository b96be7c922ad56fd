/**
 * What every store has to do, whatever it keeps its messages in. Messages of 50 MB and more, and the
 * memory that they take, are in `large_test.ts`.
 */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { StoreError, type StoreErrorKind } from "../../lib/stores/errors.ts";
import {
  type AddResult,
  type MimeItem,
  type MimeStore,
  type NewMimeItem,
  type ReadOptions,
  type Tag,
  TAGS,
} from "../../lib/stores/mime_store.ts";
import { corpus, onTheWire } from "../helpers/corpus.ts";
import { type Needs, permitted } from "../helpers/permissions.ts";
import { concat, latin1, octetByOctet, randomCuts, seeded, text } from "../helpers/random.ts";

/** A place for messages, empty at first. */
export interface Place extends AsyncDisposable {
  /** Opens a store on it; where `isShared`, all of them see the same messages. */
  open(): Promise<MimeStore>;
}

/** What a store is like. */
export interface Kind {
  readonly name: string;
  readonly needs: Needs;
  /** Whether two store objects on the same place share their messages. */
  readonly isShared: boolean;
  /** Whether each message costs many milliseconds: a fourth of them must do where they are many. */
  readonly isSlow?: true;
  make(): Promise<Place>;
}

/** A message to be added, with `octets` as one chunk. */
export function message(guid: string, octets: string | Uint8Array, tag?: Tag): NewMimeItem {
  const chunk = typeof octets === "string" ? latin1(octets) : octets;
  return { sourceid: "joe@pop.example", guid, octets: [chunk], ...(tag !== undefined && { tag }) };
}

/** Adds them all. */
export async function addAll(
  store: MimeStore,
  items: Iterable<NewMimeItem> | AsyncIterable<NewMimeItem>,
): Promise<AddResult[]> {
  return await Array.fromAsync(store.addItems(items));
}

/** A whole message. */
export async function readAll(
  store: MimeStore,
  item: MimeItem,
  options?: ReadOptions,
): Promise<Uint8Array> {
  return concat(await Array.fromAsync(store.read(item, options)));
}

/** The only item there is. */
export async function onlyItem(store: MimeStore): Promise<MimeItem> {
  const items = await store.query();
  const [item] = items;
  assertEquals(items.length, 1);
  assert(item !== undefined);
  return item;
}

/** What `work` throws is a store error of this kind, and its text says what could not be done. */
export async function assertKind(
  kind: StoreErrorKind,
  work: () => Promise<unknown>,
): Promise<StoreError> {
  const error = await assertRejects(work, StoreError);
  assertEquals(error.kind, kind, error.message);
  assert(error.message.startsWith("Cannot "), error.message);
  return error;
}

/** Registers the suite for one kind of store. */
export function conformance(kind: Kind): void {
  const test = (
    name: string,
    work: (store: MimeStore, place: Place) => void | Promise<void>,
  ): void => {
    permitted(kind.needs, `${kind.name}: ${name}`, async () => {
      await using place = await kind.make();
      await using store = await place.open();
      await work(store, place);
    });
  };
  octetsAreExact(test);
  addingIsSafe(test, kind);
  abortsAndDisposal(test);
  queriesAreStable(test);
  tagsAreKept(test);
  locksExclude(test);
  if (kind.isShared) placesAreShared(test, kind);
}

type Test = (
  name: string,
  work: (store: MimeStore, place: Place) => void | Promise<void>,
) => void;

function octetsAreExact(test: Test): void {
  test("every corner of the corpus is kept and served exactly", async (store) => {
    const messages = corpus();
    const results = await addAll(store, messages.map((m) => message(m.name, m.octets)));
    assertEquals(results.map((r) => r.outcome), messages.map(() => "stored"));
    for (const [i, { item }] of results.entries()) {
      const octets = messages[i]?.octets ?? new Uint8Array();
      const wire = onTheWire(octets);
      assertEquals(text(await readAll(store, item, { form: "kept" })), text(octets), item.guid);
      assertEquals(text(await readAll(store, item)), text(wire), item.guid);
      assertEquals(item.size, wire.length, item.guid);
      if (!item.stuffing) assert(!/^\./m.test(text(wire)), item.guid);
      const into = new Uint8Array(item.size + 1);
      const count = store.readAtOnce?.(item, into);
      if (count !== undefined) assertEquals(into.subarray(0, count), wire, item.guid);
    }
  });

  test("all 256 values are kept, in whatever pieces they come", async (store) => {
    const octets = concat([latin1("A: b\r\n\r\n"), Uint8Array.from({ length: 256 }, (_, i) => i)]);
    const random = seeded(7);
    const pieces = [[octets], octetByOctet(octets), randomCuts(octets, random), [
      new Uint8Array(),
      octets,
      new Uint8Array(),
    ]];
    const results = await addAll(
      store,
      pieces.map((parts, i) => ({ sourceid: "s", guid: `${i}`, octets: parts })),
    );
    for (const { item } of results) {
      assertEquals(await readAll(store, item, { form: "kept" }), octets);
      assertEquals(await readAll(store, item), onTheWire(octets));
    }
  });

  test("a chunk whose buffer is used again after it was taken does no harm", async (store) => {
    const buffer = new Uint8Array(4);
    async function* reused(): AsyncGenerator<Uint8Array> {
      for (const letter of "abc") {
        buffer.fill(letter.charCodeAt(0));
        yield buffer;
        await Promise.resolve();
      }
      buffer.fill(0);
    }
    await addAll(store, [{ sourceid: "s", guid: "1", octets: reused() }]);
    assertEquals(text(await readAll(store, await onlyItem(store))), "aaaabbbbcccc\r\n");
  });

  test("an empty message is kept empty", async (store) => {
    await addAll(store, [message("1", "")]);
    const item = await onlyItem(store);
    assertEquals(item.size, 0);
    assertEquals((await readAll(store, item)).length, 0);
  });

  test("a message of several blocks is streamed exactly", async (store) => {
    const line = latin1(`${"0123456789".repeat(7)}\n`);
    const block = concat(Array.from({ length: 1000 }, () => line));
    await addAll(store, [{ sourceid: "s", guid: "1", octets: Array(12).fill(block) }]);
    const item = await onlyItem(store);
    const wire = onTheWire(concat(Array(12).fill(block)));
    assertEquals(item.size, wire.length);
    assert(text(await readAll(store, item)) === text(wire));
  });

  test("reading that is given up early or aborted harms nothing", async (store) => {
    await addAll(store, [message("1", "x".repeat(300_000))]);
    const item = await onlyItem(store);
    for await (const chunk of store.read(item)) {
      assert(chunk.length > 0);
      break;
    }
    const reason = new Error("enough");
    await assertRejects(
      () => readAll(store, item, { signal: AbortSignal.abort(reason) }),
      Error,
      "enough",
    );
    assertEquals((await readAll(store, item)).length, item.size);
  });

  test("the date is that of the header, and 0 where there is none", async (store) => {
    const dated = "Subject: x\r\nDate: Tue, 2 Jan 2024\r\n 10:17:00 +0100\r\n\r\nDate: never\r\n";
    const results = await addAll(store, [message("1", dated), message("2", "A: b\n\nDate: x\n")]);
    assertEquals(
      results.map((r) => r.item.messageUTCTimestamp),
      [Date.UTC(2024, 0, 2, 9, 17), 0],
    );
  });
}

function addingIsSafe(test: Test, { isSlow }: Kind): void {
  test("what was added before is a duplicate, and its octets are not read", async (store) => {
    const [first] = await addAll(store, [message("1", "one\r\n")]);
    const unread: NewMimeItem = {
      sourceid: "joe@pop.example",
      guid: "1",
      octets: {
        [Symbol.iterator]: () => {
          throw new Error("the octets of a duplicate were asked for");
        },
      },
    };
    const again = await addAll(store, [unread, message("2", "two\r\n"), message("2", "three\r\n")]);
    assertEquals(again.map((r) => r.outcome), ["duplicate", "stored", "duplicate"]);
    assertEquals(again[0]?.item, first?.item);
    assertEquals(again[2]?.item, again[1]?.item);
    assertEquals((await store.query()).length, 2);
  });

  test("what is known by its content is read, then stored once", async (store) => {
    const byContent = (octets: string): NewMimeItem => ({
      ...message("", octets),
      guid: (fingerprint) => `sha256-${fingerprint}`,
    });
    const items = ["one\r\n", "two\r\n", "one\r\n"].map(byContent);
    const outcomes = async () => (await addAll(store, items)).map((r) => r.outcome);
    assertEquals(await outcomes(), ["stored", "stored", "duplicate"]);
    assertEquals(await outcomes(), Array(3).fill("duplicate"));
    const digest = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode("one\r\n")),
    );
    const hex = Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join("");
    const [first] = await store.query();
    assertEquals(first?.guid, `sha256-${hex}`);
    assertEquals((await store.query()).length, 2);
    const [known] = await addAll(store, [{
      ...message("", "other"),
      guid: () => first?.guid ?? "",
    }]);
    assertEquals([known?.outcome, known?.item], ["duplicate", first]);
  });

  test("notes about a source are kept, where the store has a place for them", async (store) => {
    const { notes } = store;
    if (notes === undefined) return;
    const [joe, other] = ["joe@pop.example", "../joe@pop.example"];
    assertEquals(await notes.read(joe), []);
    await Promise.all([notes.add(joe, ["a", "b"]), notes.add(other, ['ü "x"'])]);
    await notes.add(joe, ["c"]);
    assertEquals(await notes.read(joe), ["a", "b", "c"]);
    await notes.replace(joe, ["b"]);
    assertEquals([await notes.read(joe), await notes.read(other)], [["b"], ['ü "x"']]);
    assertEquals(await store.query(), []);
  });

  test("sourceid and guid together are the identity, whatever they hold", async (store) => {
    const hostile = [
      "",
      "a",
      "A",
      "../../etc/passwd",
      "/etc/passwd",
      "..",
      ".",
      "a\0b",
      "quo\"te's",
      "new\r\nline",
      "a_b",
      "a%5Fb",
      "con",
      "ünï 雪 📬",
      "x".repeat(10_000),
      `${"x".repeat(10_000)}y`,
    ];
    const items = hostile.flatMap((sourceid, i) =>
      hostile.filter((_, j) => !isSlow || (i + j) % 4 === 0)
        .map((guid) => ({ sourceid, guid, octets: [latin1(`${sourceid.length}`)] }))
    );
    const first = await addAll(store, items);
    assertEquals(first.filter((r) => r.outcome !== "stored"), []);
    const second = await addAll(store, items);
    assertEquals(second.filter((r) => r.outcome !== "duplicate"), []);
    const found = await store.query();
    assertEquals(
      found.map(({ sourceid, guid }) => [sourceid, guid]),
      items.map(({ sourceid, guid }) => [sourceid, guid]),
    );
    assertEquals(new Set(found.map((item) => item.id)).size, items.length);
    for (const { id } of found) assert(/^[\x21-\x7e]+$/.test(id), id);
  });

  test("what has another tag by now is a duplicate too", async (store) => {
    await addAll(store, [message("1", "one")]);
    await store.markAs(await store.query(), "archive");
    const [again] = await addAll(store, [message("1", "one")]);
    assertEquals([again?.outcome, again?.item.tag], ["duplicate", "archive"]);
    await store.remove(await store.query());
    assertEquals((await addAll(store, [message("1", "one")]))[0]?.outcome, "stored");
  });

  test("two writers at once add each message once", async (store) => {
    const guids = Array.from({ length: isSlow ? 40 : 150 }, (_, i) => `g${i}`);
    async function* slowly(): AsyncGenerator<NewMimeItem> {
      for (const guid of guids) {
        await Promise.resolve();
        yield message(guid, guid);
      }
    }
    const [one, two] = await Promise.all([
      addAll(store, slowly()),
      addAll(store, guids.toReversed().map((guid) => message(guid, guid))),
    ]);
    assertEquals([...one, ...two].filter((r) => r.outcome === "stored").length, guids.length);
    assertEquals(one.map((r) => r.item.guid), guids);
    assertEquals((await store.query()).map((i) => i.guid).sort(), [...guids].sort());
  });

  test("results come although the input has stopped giving", async (store) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* halting(): AsyncGenerator<NewMimeItem> {
      yield message("1", "one");
      await promise;
      yield message("2", "two");
    }
    const results = store.addItems(halting())[Symbol.asyncIterator]();
    assertEquals((await results.next()).value?.item.guid, "1");
    assertEquals((await store.query()).length, 1);
    resolve();
    assertEquals((await results.next()).value?.item.guid, "2");
    assertEquals((await results.next()).done, true);
  });

  test("input that throws leaves what it gave whole, and nothing of the rest", async (store) => {
    function* failing(): Generator<Uint8Array> {
      yield latin1("half a mess");
      throw new Error("the line was cut");
    }
    const items = [message("1", "one"), { sourceid: "s", guid: "2", octets: failing() }];
    const stored: string[] = [];
    await assertRejects(
      async () => {
        for await (const { item } of store.addItems(items)) stored.push(item.guid);
      },
      Error,
      "the line was cut",
    );
    assertEquals(stored, ["1"]);
    assertEquals((await store.query()).map((item) => item.guid), ["1"]);
    assertEquals((await addAll(store, [message("2", "two")]))[0]?.outcome, "stored");
  });

  test("an abort ends adding at once, although the input hangs", async (store) => {
    const controller = new AbortController();
    let isClosed = false;
    async function* hanging(): AsyncGenerator<Uint8Array> {
      try {
        yield latin1("half a mess");
        controller.abort(new Error("enough"));
        await new Promise(() => {});
      } finally {
        isClosed = true;
      }
    }
    const adding = store.addItems(
      [{ sourceid: "s", guid: "1", octets: hanging() }],
      { signal: controller.signal },
    );
    await assertRejects(() => Array.fromAsync(adding), Error, "enough");
    assertEquals(isClosed, false);
    assertEquals(await store.query(), []);
    await assertRejects(
      () => Array.fromAsync(store.addItems([message("1", "one")], { signal: controller.signal })),
      Error,
      "enough",
    );
    assertEquals((await addAll(store, [message("1", "one")]))[0]?.outcome, "stored");
  });

  test("who stops taking results tells the input, and keeps what was reported", async (store) => {
    let isClosed = false;
    function* many(): Generator<NewMimeItem> {
      try {
        for (let i = 0;; i++) yield message(`${i}`, `${i}`);
      } finally {
        isClosed = true;
      }
    }
    const reported: string[] = [];
    for await (const { item } of store.addItems(many())) {
      reported.push(item.guid);
      if (reported.length === 3) break;
    }
    assert(isClosed);
    const guids = (await store.query()).map((item) => item.guid);
    assertEquals(guids.slice(0, 3), reported);
    const [next] = await addAll(store, [message(`${guids.length}`, "next")]);
    assertEquals(next?.outcome, "stored");
  });

  test("a bad tag is refused before anything is stored", async (store) => {
    // As a caller without types would do it.
    const bad = { ...message("1", "one"), tag: "nonsense" as Tag };
    await assertKind("bad-tag", () => addAll(store, [bad]));
    assertEquals(await store.query(), []);
  });
}

function abortsAndDisposal(test: Test): void {
  test(
    "an abort while the next message is awaited keeps what was reported, and no half",
    async (store, place) => {
      const stop = new AbortController();
      async function* halting(): AsyncGenerator<NewMimeItem> {
        yield message("1", "one");
        yield message("2", "two");
        await new Promise(() => {});
      }
      const reported: string[] = [];
      await assertRejects(
        async () => {
          for await (const { item } of store.addItems(halting(), { signal: stop.signal })) {
            reported.push(item.guid);
            if (reported.length === 2) stop.abort(new Error("enough"));
          }
        },
        Error,
        "enough",
      );
      assertEquals(reported, ["1", "2"]);
      assertEquals((await store.query()).map(({ guid }) => guid), reported);
      await assertKeptWhole(store, place);
    },
  );

  test("an abort at any moment of adding leaves whole messages only", async (store, place) => {
    for (let round = 0; round < 12; round++) {
      const stop = new AbortController();
      let pulled = 0;
      const octets = function* (guid: string): Generator<Uint8Array> {
        for (let i = 0; i < 3; i++) {
          if (++pulled === round * 2 + 1) stop.abort(new Error("enough"));
          yield latin1(`${guid} ${i}\r\n`);
        }
      };
      const guids = Array.from({ length: 8 }, (_, i) => `${round}-${i}`);
      const items = guids.map((guid) => ({ sourceid: "s", guid, octets: octets(guid) }));
      const reported: string[] = [];
      try {
        for await (const { item } of store.addItems(items, { signal: stop.signal })) {
          reported.push(item.guid);
        }
      } catch (error) {
        assertEquals(error instanceof Error && error.message, "enough");
      }
      const there = new Set((await store.query()).map(({ guid }) => guid));
      assertEquals(reported.filter((guid) => !there.has(guid)), []);
    }
    for (const item of await store.query()) {
      const expected = [0, 1, 2].map((i) => `${item.guid} ${i}\r\n`).join("");
      assertEquals(text(await readAll(store, item)), expected);
    }
    await assertKeptWhole(store, place);
  });

  test(
    "disposing it while it adds and reads takes nothing of what was reported",
    async (store, place) => {
      await addAll(store, [message("large", "x".repeat(300_000))]);
      const large = await onlyItem(store);
      const adding = store.addItems(Array.from({ length: 20 }, (_, i) => message(`${i}`, `${i}`)));
      const results = adding[Symbol.asyncIterator]();
      const first = (await results.next()).value;
      const parts = store.read(large)[Symbol.asyncIterator]();
      await parts.next();
      await using lock = await store.lock("first");
      await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
      await parts.return?.();
      await results.return?.();
      await Promise.all([lock[Symbol.asyncDispose](), lock[Symbol.asyncDispose]()]);
      assertEquals(first?.outcome, "stored");
      await assertKeptWhole(store, place);
    },
  );
}

/** What is listed can be read whole, by whoever opens the place anew; a next writer finds no trace. */
async function assertKeptWhole(store: MimeStore, place: Place): Promise<void> {
  const items = await store.query();
  await using again = await place.open();
  const found = await again.query();
  if (found.length > 0) assertEquals(found, items);
  for (const some of [store, again]) {
    for (const item of await some.query()) {
      assertEquals((await readAll(some, item)).length, item.size);
    }
    await using lock = await some.lock("next");
    assertEquals(lock.owner, "next");
  }
  assertEquals((await addAll(store, [message("the next", "next")]))[0]?.outcome, "stored");
}

function queriesAreStable(test: Test): void {
  const numbered = (count: number): NewMimeItem[] =>
    Array.from({ length: count }, (_, i) => message(`${i}`, `Subject: ${i}\r\n\r\n`));

  test("items come in the order in which they were added, or the other way round", async (store) => {
    await addAll(store, numbered(70));
    const guids = Array.from({ length: 70 }, (_, i) => `${i}`);
    const list = async (query: Parameters<MimeStore["query"]>[0]): Promise<string[]> =>
      (await store.query(query)).map((item) => item.guid);
    assertEquals(await list({}), guids);
    assertEquals(await list({ order: "desc" }), guids.toReversed());
    assertEquals(await list({ limit: 3 }), ["0", "1", "2"]);
    assertEquals(await list({ limit: 3, order: "desc" }), ["69", "68", "67"]);
    assertEquals(await list({ limit: 0 }), []);
    assertEquals(await list({ limit: 1000 }), guids);
    const created = (await store.query()).map((item) => item.created);
    assert(created.every((time, i) => i === 0 || time > (created[i - 1] ?? 0)));
  });

  test("a message is found by its id, where the store has that, and only what is there", async (store) => {
    await addAll(store, numbered(3));
    const items = await store.query();
    const [, two] = items;
    assert(two !== undefined);
    if (store.find === undefined) return;
    assertEquals(await Promise.all(items.map(({ id }) => store.find?.(id))), [...items]);
    await store.markAs([two], "dup");
    assertEquals(await store.find(two.id), { ...two, tag: "dup" });
    await store.remove([two]);
    for (const id of [two.id, "", "0", "../x", "1 or 1=1", "9".repeat(30), "ü\0", "x y"]) {
      assertEquals(await store.find(id), undefined, id);
    }
  });

  test("a limit that is no count is refused", async (store) => {
    await assertKind("config", () => store.query({ limit: -1 }));
    await assertKind("config", () => store.query({ limit: 1.5 }));
  });

  test("tags choose, and an unknown tag matches nothing", async (store) => {
    await addAll(store, TAGS.map((tag) => message(tag, tag, tag)));
    for (const tag of TAGS) {
      assertEquals((await store.query({ tags: [tag] })).map((item) => item.guid), [tag]);
    }
    assertEquals((await store.query({ tags: ["dup", "archive", "x"] })).length, 2);
    assertEquals(await store.query({ tags: ["abc"] }), []);
    assertEquals(await store.query({ tags: [] }), []);
    assertEquals((await store.query()).length, TAGS.length);
  });

  test("tags, limit and order go together, and the order outlives changes of tag", async (store) => {
    await addAll(store, numbered(12));
    const items = await store.query();
    const even = items.filter((_, i) => i % 2 === 0);
    // Not in their order.
    await store.markAs(even.toReversed(), "archive");
    await store.markAs(even.slice(0, 2), "staged");
    const list = async (query: Parameters<MimeStore["query"]>[0]): Promise<string[]> =>
      (await store.query(query)).map((item) => item.guid);
    assertEquals(await list({}), items.map(({ guid }) => guid));
    const tags = ["staged", "archive"];
    assertEquals(await list({ tags }), ["0", "2", "4", "6", "8", "10"]);
    assertEquals(await list({ tags, order: "desc", limit: 5 }), ["10", "8", "6", "4", "2"]);
    assertEquals(await list({ tags: ["unread"], limit: 2 }), ["1", "3"]);
    assertEquals(await list({ tags: ["dup"], limit: 2 }), []);
  });

  test("a snapshot stays as it was", async (store) => {
    await addAll(store, numbered(3));
    const before = await store.query();
    const copy = structuredClone(before);
    await store.markAs(before.slice(0, 1), "archive");
    await store.remove(before.slice(1, 2));
    await addAll(store, [message("new", "new")]);
    assertEquals(before, copy);
    assertEquals((await store.query()).map((i) => [i.guid, i.tag]), [
      ["0", "archive"],
      ["2", "unread"],
      ["new", "unread"],
    ]);
  });

  test("the status adds up", async (store) => {
    await addAll(store, [
      message("1", "one\r\n"),
      message("2", "12345\n", "archive"),
      message("3", "123", "archive"),
    ]);
    const expected = Object.fromEntries(TAGS.map((tag) => [tag, { count: 0, octets: 0 }]));
    expected["unread"] = { count: 1, octets: 5 };
    expected["archive"] = { count: 2, octets: 12 };
    assertEquals<unknown>(await store.status(), expected);
    await store.markAs((await store.query()).slice(1), "dup");
    expected["archive"] = { count: 0, octets: 0 };
    expected["dup"] = { count: 2, octets: 12 };
    assertEquals<unknown>(await store.status(), expected);
    await store.remove(await store.query());
    for (const sum of Object.values(await store.status())) {
      assertEquals(sum, { count: 0, octets: 0 });
    }
  });
}

function tagsAreKept(test: Test): void {
  test("a message keeps its id and octets under every tag", async (store) => {
    await addAll(store, [message("1", "one\n"), message("2", "two\n")]);
    const [item] = await store.query();
    assert(item !== undefined);
    for (const tag of [...TAGS, ...TAGS.toReversed()]) {
      // Always with the item as it was first: its tag does not matter.
      await store.markAs([item], tag);
      const [found] = await store.query({ tags: [tag], limit: 1 });
      assertEquals(found, { ...item, tag });
      assertEquals(text(await readAll(store, item)), "one\r\n");
    }
  });

  test("another tag than the six is refused", async (store) => {
    await addAll(store, [message("1", "one")]);
    const items = await store.query();
    // As a caller without types would do it.
    await assertKind("bad-tag", () => store.markAs(items, "nonsense" as Tag));
    assertEquals(await store.query(), items);
  });

  test("what is gone cannot be read, marked or removed; the others are", async (store) => {
    await addAll(store, [message("1", "one"), message("2", "two"), message("3", "three")]);
    const [one, two, three] = await store.query();
    assert(one !== undefined && two !== undefined && three !== undefined);
    await store.remove([one]);
    await assertKind("gone", () => readAll(store, one));
    await assertKind("gone", () => store.markAs([one, two], "archive"));
    await assertKind("gone", () => store.remove([one, three]));
    assertEquals((await store.query()).map((i) => [i.guid, i.tag]), [["2", "archive"]]);
  });

  test("what is named twice is changed once", async (store) => {
    await addAll(store, [message("1", "one"), message("2", "two"), message("3", "three")]);
    const [one, two, three] = await store.query();
    assert(one !== undefined && two !== undefined && three !== undefined);
    await store.markAs([one, two, one], "archive");
    assertEquals((await store.query({ tags: ["archive"] })).map((i) => i.guid), ["1", "2"]);
    await store.remove([one, three, one]);
    assertEquals((await store.query()).map((i) => i.guid), ["2"]);
  });

  test("an item of another store is gone here, and nothing else is touched", async (store) => {
    await addAll(store, [message("1", "one")]);
    const item = await onlyItem(store);
    for (const id of ["", "0", "../x", "1 or 1=1", "x'00'", "99999999999999999999999", "ü\0"]) {
      const foreign = { ...item, id, name: `${id}.eml`, guid: "2" };
      await assertKind("gone", () => readAll(store, foreign));
      await assertKind("gone", () => store.markAs([foreign], "archive"));
      await assertKind("gone", () => store.remove([foreign]));
    }
    assertEquals(await store.query(), [item]);
  });

  test("marking and removing nothing is no error", async (store) => {
    await store.markAs([], "archive");
    await store.remove([]);
    assertEquals(await store.query(), []);
  });
}

function locksExclude(test: Test): void {
  test("a lock keeps others out until it is given back, twice is harmless", async (store) => {
    const lock = await store.lock("first");
    assertEquals(lock.owner, "first");
    const error = await assertKind("in-use", () => store.lock("second"));
    assert(error.message.includes("first"), error.message);
    await lock[Symbol.asyncDispose]();
    await using second = await store.lock("second");
    await lock[Symbol.asyncDispose]();
    await assertKind("in-use", () => store.lock("third"));
    assertEquals(second.owner, "second");
  });

  test("disposing it twice is harmless", async (store) => {
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });
}

function placesAreShared(test: Test, { isSlow }: Kind): void {
  test("another store on the same place finds the same", async (store, place) => {
    await addAll(store, corpus().map((m) => message(m.name, m.octets)));
    const items = await store.query();
    await store.markAs(items.slice(0, 2), "dup");
    await using other = await place.open();
    assertEquals(await other.query(), await store.query());
    assertEquals(await other.status(), await store.status());
    for (const item of (await other.query()).slice(0, 5)) {
      assertEquals(await readAll(other, item), await readAll(store, item));
    }
  });

  test("two stores on the same place see what the other does", async (store, place) => {
    await using other = await place.open();
    await addAll(store, [message("1", "one"), message("2", "two")]);
    assertEquals((await addAll(other, [message("1", "one")]))[0]?.outcome, "duplicate");
    const [one, two] = await other.query();
    assert(one !== undefined && two !== undefined);
    await store.markAs([one], "archive");
    assertEquals(text(await readAll(other, one)), "one\r\n");
    await other.remove([one]);
    await assertKind("gone", () => readAll(store, one));
    assertEquals(await store.query(), await other.query());
    assertNotEquals(await store.query(), []);
  });

  test("two stores that add at once add each message once", async (store, place) => {
    await using other = await place.open();
    const guids = Array.from({ length: isSlow ? 50 : 200 }, (_, i) => `g${i}`);
    const results = await Promise.all([
      addAll(store, guids.map((guid) => message(guid, guid))),
      addAll(other, guids.map((guid) => message(guid, guid, "archive"))),
    ]);
    assertEquals(results.flat().filter((r) => r.outcome === "stored").length, guids.length);
    for (const some of [store, other]) {
      assertEquals((await some.query()).map((item) => item.guid).sort(), [...guids].sort());
    }
  });

  test("a lock holds against another store on the same place", async (store, place) => {
    await using other = await place.open();
    const lock = await store.lock("first");
    await assertKind("in-use", () => other.lock("second"));
    await lock[Symbol.asyncDispose]();
    await using second = await other.lock("second");
    assertEquals(second.owner, "second");
  });
}
