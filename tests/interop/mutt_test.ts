/**
 * The store `maildir` and mutt in the same Maildir.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { MaildirStore } from "../../lib/stores/maildir.ts";
import type { MimeItem, MimeStore } from "../../lib/stores/mime_store.ts";
import { MUTT, Mutt } from "../helpers/mutt.ts";
import { permitted } from "../helpers/permissions.ts";
import { latin1, text } from "../helpers/random.ts";
import { addAll, message, readAll } from "../stores/conformance.ts";

const NEEDS = { read: true, write: true, programs: MUTT } as const;

/** mutt, and a Maildir that goes when the test ends. */
async function inMaildir(work: (mutt: Mutt, path: string) => Promise<void>): Promise<void> {
  await using mutt = await Mutt.make();
  const path = `${mutt.home}/Maildir`;
  for (const part of ["", "/tmp", "/new", "/cur"]) await Deno.mkdir(`${path}${part}`);
  await work(mutt, path);
}

/** With bare line feeds: mutt writes the blank line behind a header anew. */
function body(name: string): string {
  return `From: a@example.org\nSubject: ${name}\n\n${name}\n.\n.dot\nGr\xfc\xdfe\n`;
}

function filesIn(...paths: readonly string[]): string[] {
  return paths.flatMap((path) => Array.from(Deno.readDirSync(path), ({ name }) => name)).sort();
}

function byGuid(items: readonly MimeItem[]): MimeItem[] {
  return items.toSorted((a, b) => a.guid < b.guid ? -1 : 1);
}

async function guids(store: MimeStore): Promise<Set<string>> {
  return new Set((await store.query()).map(({ guid }) => guid));
}

async function wholeText(store: MimeStore, item: MimeItem): Promise<string> {
  return text(await readAll(store, item, { form: "kept" }));
}

permitted(NEEDS, "mutt reads what we wrote, octet for octet", async () => {
  await inMaildir(async (mutt, path) => {
    await using store = await MaildirStore.open({ path });
    const names = ["one", "two", "three"];
    await addAll(store, names.map((name) => message(name, latin1(body(name)))));
    const before = await store.query();
    const keys = names.map((name) => {
      return `<limit>~A<enter><search>~s ${name}<enter><clear-flag>N<pipe-message>cat > '${mutt.home}/${name}'<enter>`;
    });
    await mutt.strike(path, keys.join(""));
    for (const name of names) {
      assertEquals(text(await Deno.readFile(`${mutt.home}/${name}`)), body(name));
    }
    // What was read has gone from new to cur and is flagged; for us it is what it was.
    assertEquals(filesIn(`${path}/new`), []);
    for (const file of filesIn(`${path}/cur`)) assertMatch(file, /:2,S$/);
    assertEquals(await store.query(), before);
  });
});

permitted(NEEDS, "we serve what mutt put there, octet for octet", async () => {
  await inMaildir(async (mutt, path) => {
    const other = `${mutt.home}/other`;
    for (const part of ["", "/tmp", "/new", "/cur"]) await Deno.mkdir(`${other}${part}`);
    for (const [i, name] of ["one", "two"].entries()) {
      await Deno.writeFile(`${other}/new/170000000${i}.M1P1.host`, latin1(body(name)));
    }
    await using store = await MaildirStore.open({ path });
    await addAll(store, [message("ours", latin1(body("ours")))]);
    await mutt.strike(other, `<tag-pattern>~A<enter><tag-prefix><copy-message>${path}<enter>`);
    const theirs = (await store.query()).filter(({ sourceid }) => sourceid === "");
    assertEquals(theirs.length, 2);
    for (const item of theirs) {
      const kept = await wholeText(store, item);
      const file = filesIn(`${path}/new`, `${path}/cur`).find((name) => name.startsWith(item.name));
      const place = filesIn(`${path}/new`).includes(file ?? "") ? "new" : "cur";
      assertEquals(kept, text(await Deno.readFile(`${path}/${place}/${file}`)));
      assert(
        kept.endsWith(
          body(kept.includes("Subject: one") ? "one" : "two").split("\n\n")[1] ?? "",
        ),
      );
    }
  });
});

permitted(NEEDS, "flags that mutt sets stay when a message gets another tag", async () => {
  await inMaildir(async (mutt, path) => {
    await using store = await MaildirStore.open({ path });
    await addAll(store, [message("one", latin1(body("one")))]);
    const [item] = await store.query();
    assert(item !== undefined);
    await mutt.strike(path, "<set-flag>!<set-flag>r");
    assertMatch(filesIn(`${path}/new`, `${path}/cur`)[0] ?? "", /:2,FR/);
    await store.markAs([item], "archive");
    assertMatch(filesIn(`${path}/.archive/cur`)[0] ?? "", /:2,FRS$/);
    assertEquals(await wholeText(store, item), body("one"));
    await mutt.strike(`${path}/.archive`, "<delete-message>");
    assertEquals(await store.query(), []);
  });
});

permitted(
  NEEDS,
  "mutt flags, reads and deletes while we write and serve; nothing else goes",
  async () => {
    await inMaildir(async (mutt, path) => {
      await using store = await MaildirStore.open({ path });
      const doomed = Array.from({ length: 5 }, (_, i) => `doomed${i}`);
      await addAll(store, doomed.map((name) => message(name, latin1(body(name)))));
      let over = false;
      const strokes = [
        "<set-flag>!",
        "<clear-flag>N",
        "<clear-flag>!",
        "<set-flag>N",
        "<set-flag>r",
      ];
      const work = async (): Promise<void> => {
        for (const [i, name] of doomed.entries()) {
          const all = `<tag-pattern>~A<enter><tag-prefix>${strokes[i]}<untag-pattern>~A<enter>`;
          // Where the folder changes under its hands, mutt now and then gives a deletion up.
          for (let tries = 0; tries < 10 && (await guids(store)).has(name); tries++) {
            await mutt.strike(path, `${all}<delete-pattern>~s ${name}$<enter>`, 3);
          }
        }
        over = true;
      };
      const added: string[] = [];
      const write = async (): Promise<void> => {
        await using other = await MaildirStore.open({ path });
        while (!over) {
          // Enough to be at work all the time; mutt reads them all each time.
          await new Promise((resolve) => setTimeout(resolve, 5 + added.length / 4));
          const name = `kept${added.length}`;
          await addAll(other, [message(name, latin1(body(name)))]);
          added.push(name);
          // The last but one goes back and forth.
          const [item] = (await other.query({ order: "desc", limit: 2 })).slice(1);
          if (item?.guid.startsWith("kept")) {
            await other.markAs([item], added.length % 2 === 0 ? "archive" : "staged");
          }
        }
      };
      const serve = async (): Promise<void> => {
        while (!over) {
          for (const item of (await store.query()).slice(-5)) {
            if (item.guid.startsWith("doomed")) continue;
            assertEquals(await wholeText(store, item), body(item.guid));
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      await Promise.all([work().finally(() => over = true), write(), serve()]);
      const found = byGuid(await store.query());
      assertEquals(found.map(({ guid }) => guid), added.toSorted());
      for (const item of found) assertEquals(await wholeText(store, item), body(item.guid));
    });
  },
);
