/** UTF8 (RFC 6856): without it a server may keep a message back, or give another one. */
import { assertEquals } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { DoubleStore } from "../server/double_store.ts";
import { PASSWORD, TestServer } from "../server/dialogue.ts";
import { withServer } from "./scripted_server.ts";

for (const answer of ["+OK", "-ERR not now"]) {
  Deno.test(`UTF8 is said before the sign-in where CAPA has it, and may be refused: ${answer}`, () =>
    withServer(
      `
      S: +OK
      C: CAPA
      S: +OK
      S: UTF8
      S: USER
      S: .
      C: UTF8
      S: ${answer}
      C: USER me
      S: +OK
      C: PASS secret
      S: +OK
      `,
      async (client) =>
        await client.signIn({ user: "me", password: "secret", allowPlaintext: true }),
    ));
}

Deno.test("from our own server a message comes with the very header that it has", async () => {
  const message = "Subject: Gr\xc3\xbc\xc3\x9fe \xff\r\n\r\nbody\r\n";
  await using server = new TestServer(new DoubleStore([message]));
  await using client = await Pop3Client.over(server.connect().transport);
  await client.signIn({ user: "me", password: PASSWORD, allowPlaintext: true });
  let got = "";
  for await (const chunk of client.retr(1)) {
    got += Array.from(chunk, (octet) => String.fromCharCode(octet)).join("");
  }
  assertEquals(got, message);
});
