/**
 * The four dialogues of izypop3's predecessor, and what else becomes of messages that are served.
 *
 * @module
 */
import { ServerRefusal } from "../../protocol/errors.ts";
import { begins, type Check, failure, same } from "./check.ts";
import { Pop3Client } from "../../client/client.ts";
import { tagsOf } from "./workshop.ts";

const TWO = ["Subject: one\r\n\r\nfirst\r\n", "Subject: two\r\n\r\nsecond\r\n"];

/** Checks of what a session leaves behind. */
export const DIALOGUES: readonly Check[] = [
  {
    name: "badlogin: a wrong password is refused, and the right one is taken after that",
    async run(shop) {
      const server = shop.serve(await shop.fakeStore());
      await using client = await Pop3Client.connect(server.address);
      const wrong = { user: shop.user, password: `${shop.password}x`, method: "user" } as const;
      const refusal = await failure("the sign-in", () => client.signIn(wrong));
      same("the error", refusal instanceof ServerRefusal, true);
      await client.signIn({ user: shop.user, password: shop.password, method: "user" });
      await client.quit();
    },
  },
  {
    name: "listandquit: LIST and QUIT change no tag, with commitmode too",
    async run(shop) {
      const store = await shop.storeWith(TWO);
      const client = await shop.signedIn(shop.serve(store, { commitMode: true }));
      same("the sizes", (await client.list()).map(({ size }) => size), [23, 24]);
      await client.quit();
      same("the tags", await tagsOf(store), ["unread", "unread"]);
    },
  },
  {
    name:
      "pop3failed: with commitmode a message fetched before the connection is lost gets that tag",
    async run(shop) {
      const store = await shop.storeWith(TWO);
      const server = shop.serve(store, { commitMode: true });
      using talk = await shop.talk(server);
      begins("the answer to RETR", await talk.ask("RETR 1"), "+OK");
      await talk.block();
      same("the tags within the session", await tagsOf(store), ["staged", "unread"]);
      talk[Symbol.dispose]();
      await server.shutdown(10);
      same("the tags", await tagsOf(store), ["pop3failed", "unread"]);
    },
  },
  {
    name: "retrsuccess: with commitmode RETR and QUIT tag a message archive",
    async run(shop) {
      const store = await shop.storeWith(TWO);
      const client = await shop.signedIn(shop.serve(store, { commitMode: true }));
      for await (const _ of client.retr(2));
      await client.quit();
      same("the tags", await tagsOf(store), ["unread", "archive"]);
    },
  },
  {
    name: "without commitmode fetching changes no tag",
    async run(shop) {
      const store = await shop.storeWith(TWO);
      const client = await shop.signedIn(shop.serve(store));
      for await (const _ of client.retr(1));
      await client.quit();
      same("the tags", await tagsOf(store), ["unread", "unread"]);
    },
  },
  {
    name: "a deletion counts only after QUIT, and not when the connection is lost",
    async run(shop) {
      const store = await shop.storeWith(TWO);
      const server = shop.serve(store);
      using talk = await shop.talk(server);
      begins("the answer to DELE", await talk.ask("DELE 1"), "+OK");
      talk[Symbol.dispose]();
      const client = await waitForMaildrop(() => shop.signedIn(server));
      same("the messages", (await client.stat()).count, 2);
      await client.dele(1);
      await client.quit();
      same("the tags", await tagsOf(store), ["archive", "unread"]);
    },
  },
  {
    name: "RSET takes deletions back",
    async run(shop) {
      const store = await shop.storeWith(TWO);
      const client = await shop.signedIn(shop.serve(store));
      await client.dele(1);
      await client.rset();
      await client.quit();
      same("the tags", await tagsOf(store), ["unread", "unread"]);
    },
  },
  {
    name: "a second session is told that the maildrop is in use, and gets it afterwards",
    async run(shop) {
      const server = shop.serve(await shop.storeWith(TWO));
      const first = await shop.signedIn(server);
      const refusal = await failure("the second sign-in", () => shop.signedIn(server));
      same("its code", refusal instanceof ServerRefusal && refusal.code, "IN-USE");
      await first.quit();
      await (await waitForMaildrop(() => shop.signedIn(server))).quit();
    },
  },
];

/** A session that was cut holds its maildrop until the server has noticed. */
async function waitForMaildrop<T>(signIn: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await signIn();
    } catch (error) {
      const busy = error instanceof ServerRefusal && error.code === "IN-USE";
      if (!busy || attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
