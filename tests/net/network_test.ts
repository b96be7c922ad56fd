import { assertEquals } from "@std/assert";
import { networkOf } from "../../lib/net/network.ts";

Deno.test("an IPv4 address stands for itself, however it is wrapped", () => {
  for (
    const [address, network] of [
      ["192.0.2.1", "192.0.2.1"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
      ["::FFFF:c000:201", "192.0.2.1"],
      ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
      ["[::ffff:192.0.2.1]", "192.0.2.1"],
    ]
  ) {
    assertEquals(networkOf(address ?? ""), network);
  }
});

Deno.test("an IPv6 address stands for its /64, however it is written", () => {
  for (
    const [address, network] of [
      ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
      ["2001:0DB8:0001:0002::", "2001:db8:1:2::/64"],
      ["2001:db8:1:2::ffff", "2001:db8:1:2::/64"],
      ["2001:db8::1", "2001:db8:0:0::/64"],
      ["::1", "0:0:0:0::/64"],
      ["::", "0:0:0:0::/64"],
      ["1::", "1:0:0:0::/64"],
      ["fe80::1%eth0", "fe80:0:0:0::/64"],
      ["[2001:db8::1]", "2001:db8:0:0::/64"],
      ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ]
  ) {
    assertEquals(networkOf(address ?? ""), network, address);
  }
});

Deno.test("what is no address stands for itself", () => {
  for (
    const text of [
      "",
      ":",
      ":::",
      "1:2",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4::5:6:7:8",
      "1::2::3",
      "12345::",
      "g::",
      "localhost",
      "unix",
    ]
  ) {
    assertEquals(networkOf(text), text);
  }
});
