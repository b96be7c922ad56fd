/** UTF8 (RFC 6856): without it a server may keep a message back, or give another one. */
import { assertEquals } from "@std/assert";
import { Pop3Client } from "../../lib/client/client.ts";
import { DoubleStore } from "../server/double_store.ts";
import { PASSWORD, TestServer } from "../server/dialogue.ts";
import { withServer } from "./scripted_server.ts";

for (
  const [answer, method] of [["+OK", "auto"], ["-ERR not now", "auto"], ["+OK", "user"]] as const
) {
  Deno.test(`UTF8 is said before the sign-in where CAPA has it: ${answer}, ${method}`, () =>
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
        await client.signIn({ user: "me", password: "secret", method, allowPlaintext: true }),
    ));
}

Deno.test("a method that was named is used also where the server has no CAPA, or bears none", async () => {
  const signIn = "C: USER me\nS: +OK\nC: PASS secret\nS: +OK";
  const work = (client: Pop3Client) =>
    client.signIn({ user: "me", password: "secret", method: "user", allowPlaintext: true });
  await withServer(`S: +OK\nC: CAPA\nS: -ERR what?\n${signIn}`, work);
  await withServer(`S: +OK\n${signIn}`, work, { capa: false });
});

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
