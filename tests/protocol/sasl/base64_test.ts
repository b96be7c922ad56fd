import { assertEquals, assertThrows } from "@std/assert";
import { SaslError } from "../../../lib/protocol/sasl.ts";
import { fromBase64, toBase64 } from "../../../lib/protocol/sasl/base64.ts";
import { latin1, seeded } from "../../helpers/random.ts";

Deno.test("Base64 is that of RFC 4648", () => {
  const vectors = [
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
    ["\xfb\xff\xfe", "+//+"],
  ] as const;
  for (const [octets, encoded] of vectors) {
    assertEquals(toBase64(latin1(octets)), encoded);
    assertEquals(fromBase64(encoded), latin1(octets));
  }
});

Deno.test("any octets come back from Base64", () => {
  const random = seeded(1);
  for (let round = 0; round < 300; round++) {
    const octets = Uint8Array.from({ length: round }, () => Math.floor(random() * 256));
    assertEquals(fromBase64(toBase64(octets)), octets);
  }
  const large = new Uint8Array(48 * 1024).fill(0xa5);
  assertEquals(fromBase64(toBase64(large)), large);
});

Deno.test("what is not exactly Base64 is refused", () => {
  const wrong = [
    "Z",
    "Zg",
    "Zg=",
    "Zg===",
    "Zh==", // stray bits
    "Zm9=",
    " Zg==",
    "Zg==\r\n",
    "Zm 9v",
    "Zm9v=",
    "=",
    "====",
    "Zg==Zg==",
    "Zm9-", // the URL alphabet
    "Zm9_",
    "Zm9vé",
    "Zm9v\0",
    "*",
    "hello, world",
  ];
  for (const text of wrong) assertThrows(() => fromBase64(text), SaslError, "Base64", text);
});
