import { assertEquals } from "@std/assert";
import { SignInThrottle, type SignInThrottleOptions } from "../../lib/auth/throttle.ts";
import { seeded } from "../helpers/random.ts";

const HOME = "192.0.2.1";
const AWAY = "198.51.100.7";

/** A throttle whose clock stands until it is moved. */
function throttle(options: SignInThrottleOptions = {}) {
  let now = 5000;
  const it = new SignInThrottle({ ...options, now: () => now });
  const pass = (seconds: number) => now += seconds * 1000;
  const fail = (times: number, address = HOME, user: string | undefined = "alice") => {
    for (let time = 0; time < times; time++) it.failed(address, user);
  };
  return { it, pass, fail };
}

Deno.test("the first failure is free, then the delay doubles up to its maximum", () => {
  const { it, fail } = throttle();
  const delays = Array.from({ length: 8 }, () => {
    const delay = it.delayFor(HOME, "alice");
    fail(1);
    return delay;
  });
  assertEquals(delays, [0, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  fail(5000);
  assertEquals(it.delayFor(HOME, "alice"), 15_000);
});

Deno.test("the maximum can be chosen, and 0 means no delay", () => {
  const three = throttle({ mostSeconds: 3 });
  three.fail(10);
  assertEquals(three.it.delayFor(HOME, "alice"), 3000);
  const none = throttle({ mostSeconds: 0 });
  none.fail(10);
  assertEquals(none.it.delayFor(HOME, "alice"), 0);
});

Deno.test("the delay is that of the address or that of the user, whichever is longer", () => {
  const { it, fail } = throttle();
  fail(3);
  fail(1, AWAY, "bob");
  assertEquals(it.delayFor(HOME, "carol"), 4000);
  assertEquals(it.delayFor("203.0.113.9", "alice"), 4000);
  assertEquals(it.delayFor(AWAY, "alice"), 4000);
  assertEquals(it.delayFor(AWAY, "carol"), 1000);
  assertEquals(it.delayFor("203.0.113.9", "carol"), 0);
  assertEquals(it.delayFor(HOME, undefined), 4000);
  assertEquals(it.delayFor("203.0.113.9", undefined), 0);
});

Deno.test("a failure without a user counts for the address", () => {
  const { it } = throttle();
  it.failed(HOME, undefined);
  assertEquals([it.delayFor(HOME, "alice"), it.delayFor(AWAY, "alice")], [1000, 0]);
});

Deno.test("success forgets the user, and what the address did with this user", () => {
  const { it, fail } = throttle();
  fail(2);
  it.succeeded(HOME, "alice");
  assertEquals([it.delayFor(HOME, "alice"), it.delayFor(AWAY, "alice")], [0, 0]);
  fail(1);
  assertEquals(it.delayFor(HOME, "alice"), 1000);
});

Deno.test("who has a mailbox of their own cannot make the address forget the others", () => {
  const { it, fail } = throttle();
  for (const victim of ["a", "b", "c", "d"]) fail(1, HOME, victim);
  it.succeeded(HOME, "mallory");
  assertEquals(it.delayFor(HOME, "e"), 8000);
  fail(1, HOME, "mallory");
  it.succeeded(HOME, "mallory");
  assertEquals(it.delayFor(HOME, "e"), 8000);
});

Deno.test("failures are forgotten some minutes after the last one", () => {
  const { it, pass, fail } = throttle({ forgetSeconds: 300 });
  fail(3);
  pass(299);
  assertEquals(it.delayFor(HOME, "alice"), 4000);
  fail(1);
  pass(299);
  assertEquals(it.delayFor(HOME, "alice"), 8000);
  pass(1);
  assertEquals(it.delayFor(HOME, "alice"), 0);
  fail(1);
  assertEquals(it.delayFor(HOME, "alice"), 1000);
});

Deno.test("addresses of one customer count as one", () => {
  const { it, fail } = throttle();
  fail(1, "2001:db8:1:2::1", "a");
  fail(1, "2001:db8:1:2:ffff::2", "b");
  fail(1, "::ffff:192.0.2.1", "c");
  assertEquals(it.delayFor("2001:db8:1:2::3", "d"), 2000);
  assertEquals(it.delayFor("2001:db8:1:3::3", "d"), 0);
  assertEquals(it.delayFor("192.0.2.1", "d"), 1000);
});

Deno.test("a user is the same however the name is typed", () => {
  const { it, fail } = throttle();
  fail(1, HOME, "jörg");
  fail(1, AWAY, "jo\u0308\u00adrg");
  assertEquals(it.delayFor("203.0.113.9", "ｊörg"), 2000);
});

Deno.test("names without end are told apart by their beginning, and not kept", () => {
  const { it } = throttle();
  const long = "x".repeat(60_000);
  it.failed(HOME, `${long}1`);
  assertEquals(it.delayFor(AWAY, `${long}2`), 1000);
  assertEquals(it.delayFor(AWAY, `y${long}`), 0);
});

Deno.test("only so many are remembered: the ones that failed last", () => {
  const { it, fail } = throttle({ remembered: 3 });
  fail(1, "192.0.2.1", "a");
  fail(1, "192.0.2.2", "b");
  fail(1, "192.0.2.3", "c");
  fail(1, "192.0.2.1", "a");
  fail(1, "192.0.2.4", "d");
  const delays = ["a", "b", "c", "d"].map((user) => it.delayFor(AWAY, user));
  assertEquals(delays, [2000, 0, 1000, 1000]);
  const addresses = [1, 2, 3, 4].map((last) => it.delayFor(`192.0.2.${last}`, "x"));
  assertEquals(addresses, [2000, 0, 1000, 1000]);
});

Deno.test("the delays are those of a plain count of failures since the last success", () => {
  const random = seeded(8);
  const { it, fail } = throttle();
  const counts = new Map<string, number>();
  for (let round = 0; round < 3000; round++) {
    // Each user from an address of their own, so that one count tells all.
    const number = Math.floor(random() * 20);
    const [address, user] = [`192.0.2.${number}`, `user${number}`];
    const count = counts.get(user) ?? 0;
    const expected = count === 0 ? 0 : Math.min(15_000, 1000 * 2 ** (count - 1));
    assertEquals(it.delayFor(address, user), expected);
    if (random() < 0.2) {
      it.succeeded(address, user);
      counts.set(user, 0);
    } else {
      fail(1, address, user);
      counts.set(user, count + 1);
    }
  }
});
