import { assertEquals } from "@std/assert";
import { type Deadline, DeadlineTimer, type Expiring } from "../../lib/net/deadline.ts";

function on(expire: () => void): Expiring {
  return { expire };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("a deadline expires once when nothing happens, and leaves no timer behind", async () => {
  const timer = new DeadlineTimer(1);
  let count = 0;
  const deadline = await new Promise<Deadline>((resolve) => {
    const watched = timer.watch(
      5,
      on(() => {
        count++;
        resolve(watched);
      }),
    );
  });
  await pause(20);
  assertEquals(count, 1);
  deadline.cancel();
  deadline.cancel();
});

Deno.test("a deadline that is reset again and again does not expire", async () => {
  const timer = new DeadlineTimer(1);
  let expired = false;
  const kept = timer.watch(100_000, on(() => expired = true));
  await new Promise<void>((resolve) => {
    const other = timer.watch(
      10,
      on(() => {
        other.cancel();
        resolve();
      }),
    );
  });
  kept.reset();
  kept.cancel();
  assertEquals(expired, false);
});

Deno.test("an expired deadline may be reset and expires again", async () => {
  const timer = new DeadlineTimer(1);
  let count = 0;
  await new Promise<void>((resolve) => {
    const deadline = timer.watch(
      2,
      on(() => {
        if (++count < 3) return deadline.reset();
        deadline.cancel();
        resolve();
      }),
    );
  });
  assertEquals(count, 3);
});
