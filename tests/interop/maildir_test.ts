/**
 * The store `maildir` and Dovecot 2.3 in the same Maildir: one serves what the other delivered.
 *
 * Dovecot does not stuff a dot that is the very first octet of a message, so what it serves is
 * compared without such messages (see dovecot_test.ts).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DotDecoder } from "../../lib/protocol/dot_decoder.ts";
import { MaildirStore } from "../../lib/stores/maildir.ts";
import { addAll, message, readAll } from "../stores/conformance.ts";
import { corpus, type CorpusMessage, onTheWire } from "../helpers/corpus.ts";
import { Doveadm } from "../helpers/doveadm.ts";
import { permitted } from "../helpers/permissions.ts";
import { concat, latin1, text } from "../helpers/random.ts";

const NEEDS = { read: true, write: true, programs: ["doveadm"] } as const;

/** What both treat alike. */
function messages(): CorpusMessage[] {
  return corpus().filter(({ octets }) => octets.length > 0 && octets[0] !== 0x2e);
}

/** The first message behind the status line of a reply to RETR. */
function retrieved(reply: Uint8Array): string {
  const start = reply.indexOf(0x0a) + 1;
  const decoder = new DotDecoder({ lineEnding: "crlf" });
  return text(concat(decoder.push(reply.subarray(start))));
}

permitted(NEEDS, "Dovecot serves what we wrote, octet for octet", async () => {
  await using dovecot = await Doveadm.make();
  await using store = await MaildirStore.open({ path: dovecot.maildir });
  const all = messages();
  await addAll(store, all.map((m) => message(m.name, m.octets)));
  await dovecot.own();
  const expected = all.map((m) => text(onTheWire(m.octets)));
  const found: string[] = [];
  for (const number of all.keys()) {
    found.push(retrieved(await dovecot.retr(number + 1)));
  }
  assertEquals(found, expected);
  // It has moved them to cur and marked them as seen; for us they are the same.
  const items = await store.query();
  assertEquals(items.map((item) => [item.guid, item.tag]), all.map((m) => [m.name, "unread"]));
  assertEquals([...Deno.readDirSync(`${dovecot.maildir}/new`)], []);
  for (const [i, item] of items.entries()) {
    assertEquals(text(await readAll(store, item)), expected[i]);
  }
});

permitted(NEEDS, "we serve what Dovecot delivered, octet for octet", async () => {
  await using dovecot = await Doveadm.make();
  const all = messages().slice(0, 12);
  const seen = new Set<string>();
  await using store = await MaildirStore.open({ path: dovecot.maildir });
  for (const { octets } of all) {
    await dovecot.save(octets);
    const item = (await store.query()).find(({ id }) => !seen.has(id));
    assert(item !== undefined);
    seen.add(item.id);
    const stored = await readAll(store, item, { form: "kept" });
    assertEquals(text(await readAll(store, item)), text(onTheWire(stored)));
    // Dovecot keeps lines with a bare LF; a CRLF loses its CR, and gets it again on the wire.
    assertEquals(text(onTheWire(stored)), text(onTheWire(octets)));
    assertEquals(item.size, onTheWire(octets).length);
    assert(/^[\x21-\x7e]{1,70}$/.test(item.guid), item.guid);
  }
  assertEquals((await store.query()).length, all.length);
});

permitted(NEEDS, "tags are folders for Dovecot, and what is ours is no mailbox", async () => {
  await using dovecot = await Doveadm.make();
  await using store = await MaildirStore.open({ path: dovecot.maildir });
  await addAll(store, [message("1", "A: b\r\n\r\none\r\n"), message("2", "A: b\r\n\r\ntwo\r\n")]);
  await store.markAs((await store.query()).slice(0, 1), "archive");
  await dovecot.own();
  const boxes = (await dovecot.run(["mailbox", "list"])).trim().split("\n").sort();
  assertEquals(boxes, ["INBOX", "archive"]);
  assert((await dovecot.run(["fetch", "flags", "mailbox", "archive"])).includes("\\Seen"));
  // Flags change the file's name, not the message.
  const before = await store.query();
  await dovecot.run(["flags", "add", "\\Flagged \\Answered", "mailbox", "archive"]);
  assertEquals(await store.query(), before);
  await store.markAs(before.slice(0, 1), "unread");
  const flags = await dovecot.run(["fetch", "flags", "mailbox", "INBOX"]);
  assert(flags.includes("\\Answered \\Flagged") && !flags.includes("\\Seen"), flags);
  await dovecot.run(["expunge", "mailbox", "INBOX", "all"]);
  assertEquals(await store.query(), []);
});

permitted(NEEDS, "both work in the Maildir at the same time, and nothing is lost", async () => {
  await using dovecot = await Doveadm.make();
  const body = (name: string): Uint8Array => latin1(`Subject: ${name}\r\n\r\n${name}\r\n`);
  const names = (who: string): string[] => Array.from({ length: 20 }, (_, i) => `${who}${i}`);
  const deliver = async (): Promise<void> => {
    for (const name of names("theirs")) {
      await dovecot.save(body(name));
      await dovecot.run(["flags", "add", "\\Seen", "mailbox", "INBOX", "all"]);
    }
  };
  let over = false;
  const add = async (): Promise<void> => {
    await using store = await MaildirStore.open({ path: dovecot.maildir });
    for (const name of names("ours")) {
      await addAll(store, [message(name, body(name))]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const look = async (): Promise<void> => {
    await using store = await MaildirStore.open({ path: dovecot.maildir });
    let most = 0;
    while (!over) {
      const items = await store.query();
      // Nobody removes anything, so none may ever be missing, or there twice.
      assert(items.length >= most, `${items.length} after ${most}`);
      most = items.length;
      assertEquals(new Set(items.map(({ guid }) => guid)).size, items.length);
      for (const item of items.slice(-3)) {
        assertEquals((await readAll(store, item)).length, item.size);
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };
  const looking = look();
  await Promise.all([deliver(), add()]).finally(() => over = true);
  await looking;
  await using store = await MaildirStore.open({ path: dovecot.maildir });
  const bodies = await Promise.all(
    (await store.query()).map(async (item) => text(await readAll(store, item))),
  );
  const expected = [...names("ours"), ...names("theirs")].map((name) => text(body(name)));
  assertEquals(bodies.sort(), expected.sort());
});
