import { assertEquals, assertThrows } from "@std/assert";
import { SaslError } from "../../../lib/protocol/sasl.ts";
import { loginClient } from "../../../lib/protocol/sasl/login.ts";
import { parsePlain, plainClient, readPassword } from "../../../lib/protocol/sasl/plain.ts";
import { concat, seeded } from "../../helpers/random.ts";

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("PLAIN reads the examples of RFC 4616", () => {
  assertEquals(parsePlain(octets("\0tim\0tanstaaftanstaaf")), {
    authzid: "",
    user: "tim",
    password: octets("tanstaaftanstaaf"),
  });
  assertEquals(parsePlain(octets("Ursel\0Kurt\0xipj3plmq")), {
    authzid: "Ursel",
    user: "Kurt",
    password: octets("xipj3plmq"),
  });
});

Deno.test("PLAIN prepares names and leaves passwords alone", () => {
  const message = octets("Ａ\u00ad\0a\u0308\0 a\u0308 ");
  assertEquals(parsePlain(message), { authzid: "A", user: "ä", password: octets(" a\u0308 ") });
  const old = Uint8Array.of(0, 0x75, 0, 0xe4, 0xff);
  assertEquals(parsePlain(old).password, Uint8Array.of(0xe4, 0xff));
});

Deno.test("PLAIN refuses a message that is not three good parts", () => {
  const long = "x".repeat(256);
  const wrong: [string, Uint8Array][] = [
    ["three parts", octets("")],
    ["three parts", octets("user")],
    ["three parts", octets("user\0password")],
    ["has a NUL", octets("\0user\0pass\0word")],
    ["has a NUL", octets("\0user\0\0")],
    ["password is empty", octets("\0user\0")],
    ["name is empty", octets("\0\0password")],
    ["name is empty", octets("\0\u00ad\0password")],
    ["longer than 255", octets(`\0${long}\0password`)],
    ["longer than 255", octets(`${long}\0user\0password`)],
    ["longer than 1024", octets(`\0user\0${"x".repeat(1025)}`)],
    ["name is not UTF-8", Uint8Array.of(0, 0xe4, 0, 0x78)],
    ["identity is not UTF-8", Uint8Array.of(0xe4, 0, 0x78, 0, 0x78)],
    ["may not be used", octets("\0us\ner\0password")],
  ];
  for (const [reason, message] of wrong) {
    assertThrows(() => parsePlain(message), SaslError, reason);
  }
});

Deno.test("PLAIN takes names and passwords up to the limit", () => {
  const name = "x".repeat(255);
  const password = "y".repeat(1024);
  const message = parsePlain(octets(`${name}\0${name}\0${password}`));
  assertEquals([message.user.length, message.password.length], [255, 1024]);
});

Deno.test("an error of PLAIN never tells the password", () => {
  const random = seeded(3);
  for (let round = 0; round < 500; round++) {
    const noise = Uint8Array.from({ length: 8 }, () => Math.floor(random() * 256));
    const message = concat([noise, octets("hunter2"), noise]);
    try {
      parsePlain(message);
    } catch (error) {
      assertEquals(error instanceof SaslError && !error.message.includes("hunter2"), true);
    }
  }
});

Deno.test("the client of PLAIN says what the server reads", () => {
  const client = plainClient("jörg", octets("p w "));
  assertEquals(parsePlain(client.initial ?? octets("")), {
    authzid: "",
    user: "jörg",
    password: octets("p w "),
  });
  assertEquals([client.name, client.more], ["PLAIN", false]);
  client.verifyEnd();
  assertThrows(() => client.respond(octets("")), SaslError, "more than PLAIN");
});

Deno.test("the client of PLAIN refuses a NUL, which would shift the borders", () => {
  assertThrows(() => plainClient("me\0root", octets("x")), SaslError, "NUL");
  assertThrows(() => plainClient("me", octets("x\0y")), SaslError, "NUL");
});

Deno.test("the client of LOGIN gives the name, then the password, then nothing", () => {
  const client = loginClient("me", octets("secret"));
  assertEquals([client.name, client.initial, client.more], ["LOGIN", undefined, true]);
  assertEquals(client.respond(octets("User Name\0")), octets("me"));
  assertEquals(client.more, true);
  assertEquals(client.respond(octets("")), octets("secret"));
  assertEquals(client.more, false);
  assertThrows(() => client.respond(octets("")), SaslError, "more than LOGIN");
});

Deno.test("a password of SASL is not empty, has no NUL and has an end", () => {
  assertEquals(readPassword(octets("x")), octets("x"));
  for (const wrong of ["", "a\0b", "x".repeat(1025)]) {
    assertThrows(() => readPassword(octets(wrong)), SaslError);
  }
});
