/**
 * Closing without taking the last words back.
 *
 * @module
 */

import type { DeadlineTimer } from "./deadline.ts";
import type { Transport } from "./transport.ts";

/** How long the peer gets to read our last words and to close, ms. */
const LINGER_MS = 2000;

/** How much of what it still sends is read and dropped meanwhile, octets. */
const LINGER_OCTETS = 1024 * 1024;

/** One read of what nobody wants, octets. */
const DROPPED_CHUNK = 16 * 1024;

/**
 * Closes a connection on which the peer may still be sending. Closing at once would make the
 * system reset the connection, and a reset throws away what the peer has not read yet. So first
 * our direction ends, then what comes is dropped for a while. Never rejects.
 */
export async function closeGracefully(transport: Transport, timer: DeadlineTimer): Promise<void> {
  const limit = timer.watch(LINGER_MS, { expire: () => transport.close() });
  try {
    if (transport.closeWrite === undefined) return;
    await transport.closeWrite();
    const dropped = new Uint8Array(DROPPED_CHUNK);
    for (let left = LINGER_OCTETS; left > 0;) {
      const count = await transport.read(dropped);
      if (count === 0) return;
      left -= count;
    }
  } catch {
    // It is gone, which is what we were waiting for.
  } finally {
    limit.cancel();
    transport.close();
  }
}
