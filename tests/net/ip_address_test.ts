import { assertEquals, assertThrows } from "@std/assert";
import { AddressSet } from "../../lib/net/address_set.ts";
import { addressGroups, addressText } from "../../lib/net/ip_address.ts";

Deno.test("an address is shown in the usual form, however it is written", () => {
  for (
    const [written, text] of [
      ["192.0.2.1", "192.0.2.1"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
      ["::FFFF:c000:201", "192.0.2.1"],
      ["2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
      ["0:0:0:0:0:0:0:0", "::"],
      ["0:0:0:0:0:0:0:1", "::1"],
      ["fe80:0:0:0:0:0:0:0", "fe80::"],
      ["[2001:db8::1]", "2001:db8::1"],
    ] as const
  ) {
    assertEquals(addressText(addressGroups(written) ?? []), text, written);
  }
});

Deno.test("what is no address has no numbers", () => {
  for (
    const text of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "01.2.3.4",
      "1.2.3.",
      "::256.1.1.1",
      "::1.2.3",
    ]
      .concat(["1:2", ":::", "g::", "localhost", "1.2.3.4/8", " 1.2.3.4", "::1.2.3.4.5"])
  ) {
    assertEquals(addressGroups(text), undefined, text);
  }
});

Deno.test("a set holds its addresses and networks, and nothing beside them", () => {
  const set = new AddressSet(["10.1.0.0/16", "192.0.2.7", "2001:db8::/33", "::1", "127.0.0.0/8"]);
  const inside = ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8:7fff::1"]
    .concat(["::1", "127.9.9.9"]);
  const outside = ["10.0.255.255", "10.2.0.0", "192.0.2.6", "192.0.2.8", "2001:db8:8000::", "::2"]
    .concat(["::", "localhost", "", "memory", "::a01:203"]);
  assertEquals(inside.filter((address) => !set.has(address)), []);
  assertEquals(outside.filter((address) => set.has(address)), []);
});

Deno.test("a network of length 0 is everybody of its kind", () => {
  const ipv4 = new AddressSet(["0.0.0.0/0"]);
  assertEquals([ipv4.has("203.0.113.9"), ipv4.has("2001:db8::1")], [true, false]);
  const all = new AddressSet(["::/0"]);
  assertEquals([all.has("203.0.113.9"), all.has("2001:db8::1")], [true, true]);
});

Deno.test("an empty set holds nobody", () => {
  assertEquals(new AddressSet([]).has("127.0.0.1"), false);
});

Deno.test("what is no address or network is refused by name", () => {
  const bad = ["", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/8/8"]
    .concat(["10.1.2.3/8", "2001:db8::1/32", "10.0.0.0/-1"]);
  for (const written of bad) {
    assertThrows(() => new AddressSet([written]), TypeError, JSON.stringify(written));
  }
});
