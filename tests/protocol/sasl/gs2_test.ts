import { assertEquals, assertThrows } from "@std/assert";
import { SaslError } from "../../../lib/protocol/sasl.ts";
import {
  escapeSaslName,
  readGs2Header,
  readSaslName,
  writeGs2Header,
} from "../../../lib/protocol/sasl/gs2.ts";

Deno.test("a GS2 header is read up to its last comma", () => {
  const cases = [
    ["n,,n=user,r=x", "n,,", undefined],
    ["y,,n=user", "y,,", undefined],
    ["n,a=me@example.org,\x01", "n,a=me@example.org,", "me@example.org"],
    ["n,a=a=2Cb=3Dc,rest", "n,a=a=2Cb=3Dc,", "a,b=c"],
  ] as const;
  for (const [message, text, authzid] of cases) {
    assertEquals(readGs2Header(message), { text, authzid });
  }
});

Deno.test("what is not a GS2 header is refused", () => {
  for (
    const wrong of ["", "n", "n,", "N,,", "x,,", "F,n,,", "n,b=c,", "n,a=,", "n=user,r=x", ",,"]
  ) {
    assertThrows(() => readGs2Header(wrong), SaslError, undefined, wrong);
  }
});

Deno.test("channel binding is refused by name", () => {
  assertThrows(() => readGs2Header("p=tls-exporter,,n=u,r=x"), SaslError, "Channel binding");
});

Deno.test("names are escaped so that they come back", () => {
  for (const name of ["user", "a,b", "a=b", "=2C", ",=,=", "jörg", "x=3D"]) {
    assertEquals(readSaslName(escapeSaslName(name)), name);
    assertEquals(/,/.test(escapeSaslName(name)), false);
    assertEquals(readGs2Header(writeGs2Header(name)).authzid, name);
  }
  assertEquals(writeGs2Header(), "n,,");
});

Deno.test("an equals sign that escapes nothing is refused", () => {
  for (const wrong of ["a=b", "=", "=2", "=2c", "=3d", "a=2", "=00", ""]) {
    assertThrows(() => readSaslName(wrong), SaslError, undefined, wrong);
  }
  assertThrows(() => escapeSaslName("a\0b"), SaslError, "NUL");
});
