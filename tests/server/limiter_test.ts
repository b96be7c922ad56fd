import { assertEquals } from "@std/assert";
import { Limiter } from "../../lib/server/limiter.ts";

Deno.test("connections are limited in all and by address; who leaves makes room", () => {
  const limiter = new Limiter({ total: 3, perAddress: 2 });
  assertEquals(limiter.enter("192.0.2.1"), undefined);
  assertEquals(limiter.enter("::ffff:192.0.2.1"), undefined);
  assertEquals(limiter.enter("192.0.2.1"), "too many connections from one address");
  assertEquals(limiter.enter("192.0.2.2"), undefined);
  assertEquals(limiter.enter("192.0.2.3"), "too many connections");
  limiter.leave("192.0.2.1");
  assertEquals(limiter.total, 2);
  assertEquals(limiter.enter("192.0.2.1"), undefined);
});

Deno.test("of IPv6 a /64 counts as one address", () => {
  const limiter = new Limiter({ total: 9, perAddress: 1 });
  assertEquals(limiter.enter("2001:db8::1"), undefined);
  assertEquals(limiter.enter("2001:db8::2"), "too many connections from one address");
  assertEquals(limiter.enter("2001:db8:0:1::1"), undefined);
});

Deno.test("without a limit by address only the total counts", () => {
  const limiter = new Limiter({ total: 2 });
  assertEquals([1, 2].map(() => limiter.enter("::1")), [undefined, undefined]);
  assertEquals(limiter.enter("::1"), "too many connections");
});
