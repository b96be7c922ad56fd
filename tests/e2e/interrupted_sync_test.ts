/**
 * A line that breaks anywhere costs nothing but time. All of it, octet by octet, is in tests/long.
 *
 * @module
 */
import { InterruptedSync } from "../helpers/interrupted_sync.ts";
import { permitted } from "../helpers/permissions.ts";

const NEEDS = { net: true, read: true, write: true, env: true } as const;

permitted(NEEDS, "cut anywhere, the next run stores every message once", async () => {
  await using line = new InterruptedSync(3, 300);
  const octets = await line.measure();
  for (let cut = 0; cut < octets; cut += 53) await line.round(cut, 0);
});

permitted(NEEDS, "cut anywhere, the same run goes on where it was", async () => {
  await using line = new InterruptedSync(3, 300);
  const octets = await line.measure();
  for (const part of [0, 0.3, 0.6, 0.99]) await line.round(Math.floor(part * octets), 3);
});
