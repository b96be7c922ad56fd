/**
 * Checks of the conversation itself.
 *
 * @module
 */
import { Pop3Client } from "../../client/client.ts";
import { begins, type Check, same } from "./check.ts";

const THREE = [
  "Subject: a\r\n\r\n1\r\n2\r\n3\r\n",
  "Subject: b\r\n\r\nb\r\n",
  "Subject: c\r\n\r\nc\r\n",
];

/** Checks of commands and replies. */
export const PROTOCOL: readonly Check[] = [
  {
    name: "CAPA names UIDL, TOP and PIPELINING",
    async run(shop) {
      const client = await shop.signedIn(shop.serve(await shop.fakeStore()));
      const capabilities = await client.capa();
      const missing = ["UIDL", "TOP", "PIPELINING"].filter((name) => !capabilities.has(name));
      same("what is missing", missing, []);
      await client.quit();
    },
  },
  {
    name: "commands sent at once are answered in order",
    async run(shop) {
      const server = shop.serve(await shop.storeWith(THREE));
      using talk = await shop.talk(server);
      await talk.send("NOOP\r\nBOGUS\r\nSTAT\r\nUIDL 9\r\nLIST 1\r\nRETR 2\r\nQUIT\r\n");
      for (const wanted of ["+OK", "-ERR", "+OK 3 ", "-ERR", "+OK 1 ", "+OK"]) {
        begins("an answer", await talk.line(), wanted);
      }
      same("message 2", await talk.block(), ["Subject: b", "", "b"]);
      begins("the answer to QUIT", await talk.line(), "+OK");
    },
  },
  {
    name: "message numbers do not shift after DELE",
    async run(shop) {
      const server = shop.serve(await shop.storeWith(THREE));
      using talk = await shop.talk(server);
      begins("the answer to DELE 1", await talk.ask("DELE 1"), "+OK");
      begins("the answer to RETR 1", await talk.ask("RETR 1"), "-ERR");
      begins("the answer to RETR 2", await talk.ask("RETR 2"), "+OK");
      same("message 2", await talk.block(), ["Subject: b", "", "b"]);
      begins("the answer to LIST", await talk.ask("LIST"), "+OK");
      same("LIST", (await talk.block()).map((line) => line.split(" ")[0]), ["2", "3"]);
    },
  },
  {
    name: "arguments that are no message number are refused",
    async run(shop) {
      const server = shop.serve(await shop.storeWith(THREE));
      using talk = await shop.talk(server);
      for (const word of ["0", "-1", "1.5", "0x1", "1e0", "4", "99999999999", "x"]) {
        begins(`the answer to RETR ${word}`, await talk.ask(`RETR ${word}`), "-ERR");
      }
      begins("the answer to RETR", await talk.ask("RETR"), "-ERR");
      begins("the answer to NOOP", await talk.ask("NOOP"), "+OK");
    },
  },
  {
    name: "TOP gives the header and as many lines as asked for",
    async run(shop) {
      const server = shop.serve(await shop.storeWith(THREE));
      using talk = await shop.talk(server);
      const wanted = [["Subject: a", ""], ["Subject: a", "", "1", "2"], [
        "Subject: a",
        "",
        "1",
        "2",
        "3",
      ]];
      for (const [index, lines] of [0, 2, 99].entries()) {
        begins("the answer to TOP", await talk.ask(`TOP 1 ${lines}`), "+OK");
        same(`TOP 1 ${lines}`, await talk.block(), wanted[index]);
      }
    },
  },
  {
    name: "UIDL is the same in every session, and different for every message",
    async run(shop) {
      const server = shop.serve(await shop.fakeStore());
      const seen: string[][] = [];
      for (let session = 0; session < 2; session++) {
        const client = await shop.signedIn(server);
        seen.push((await client.uidl()).map(({ uid }) => uid));
        await client.quit();
      }
      same("the second session's UIDL", seen[1], seen[0]);
      same("the number of uids", new Set(seen[0]).size, seen[0]?.length);
    },
  },
  {
    name: "sign-in works with USER, with APOP and with what the client chooses",
    async run(shop) {
      const server = shop.serve(await shop.storeWith([]));
      for (const method of ["user", "apop", "auto"] as const) {
        await using client = await Pop3Client.connect(server.address);
        await client.signIn({ user: shop.user, password: shop.password, method });
        same("the number of messages", (await client.stat()).count, 0);
        await client.quit();
      }
    },
  },
  {
    name: "a command line without end is refused, and the session goes on",
    async run(shop) {
      const server = shop.serve(await shop.storeWith(THREE));
      using talk = await shop.talk(server);
      await talk.send(`NOOP ${"x".repeat(100_000)}\r\n`);
      begins("the answer", await talk.line(), "-ERR");
      begins("the answer to NOOP", await talk.ask("NOOP"), "+OK");
    },
  },
];
