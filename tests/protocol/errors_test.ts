import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  CommandError,
  MessageSetError,
  ProtocolError,
  ServerRefusal,
} from "../../lib/protocol/errors.ts";

Deno.test("a refusal says what was refused in the server's own words, and keeps its code", () => {
  const refusal = new ServerRefusal("RETR 3", "mailbox locked", "IN-USE");
  assertEquals(refusal.message, "The server refused RETR 3: mailbox locked");
  assertEquals([refusal.command, refusal.code, refusal.text], [
    "RETR 3",
    "IN-USE",
    "mailbox locked",
  ]);
});

Deno.test("a refusal without words says so, and has no code", () => {
  const refusal = new ServerRefusal("PASS", "");
  assertEquals(refusal.message, "The server refused PASS: it gave no reason");
  assertEquals(refusal.code, undefined);
});

Deno.test("each error bears the name of its type, and its cause", () => {
  const types = { ProtocolError, CommandError, MessageSetError };
  for (const [name, Type] of Object.entries(types)) {
    const error = new Type("x", { cause: "y" });
    assertInstanceOf(error, Error);
    assertEquals([error.name, error.message, error.cause], [name, "x", "y"]);
  }
});
