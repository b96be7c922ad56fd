import { assertEquals } from "@std/assert";
import { readServerHello } from "../../lib/net/tls_hello.ts";
import { concat } from "../helpers/random.ts";

/** A record with a server's hello. */
function hello(cipher: number, extensions: readonly number[], session: number = 32): Uint8Array {
  const body = concat([
    Uint8Array.of(3, 3),
    new Uint8Array(32).fill(7),
    Uint8Array.of(session),
    new Uint8Array(session),
    Uint8Array.of(cipher >> 8, cipher & 0xff, 0),
    Uint8Array.from(extensions),
  ]);
  const handshake = concat([Uint8Array.of(2, 0, 0, body.length), body]);
  return concat([Uint8Array.of(22, 3, 3, 0, handshake.length), handshake]);
}

const TLS13 = [0, 14, 0, 51, 0, 4, 0, 29, 0, 0, 0, 43, 0, 2, 3, 4];

Deno.test("a server's hello tells version and cipher", () => {
  assertEquals(readServerHello(hello(0x1302, TLS13)), {
    version: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
  });
  const older = { version: "TLSv1.2", cipher: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" };
  assertEquals(readServerHello(hello(0xc02f, [0, 5, 0xff, 1, 0, 1, 0])), older);
  assertEquals(readServerHello(hello(0xc02f, [], 0)), older);
});

Deno.test("what has no name yet is shown by its number", () => {
  const later = [0, 6, 0, 43, 0, 2, 3, 5];
  assertEquals(readServerHello(hello(0x13ff, later)), { version: "0x0305", cipher: "0x13ff" });
});

Deno.test("anything else tells nothing, and harms nobody", () => {
  const whole = hello(0x1302, TLS13);
  assertEquals(readServerHello(Uint8Array.of(21, 3, 3, 0, 2, 2, 40)), undefined);
  assertEquals(readServerHello(new Uint8Array(0)), undefined);
  for (let length = 0; length < 76; length++) readServerHello(whole.subarray(0, length));
  assertEquals(readServerHello(whole.subarray(0, 50)), undefined);
});
