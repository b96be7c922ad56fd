/**
 * Addresses that never leave this machine.
 *
 * @module
 */

/** Whether an address, or the name `localhost`, is this machine's own loopback. */
export function isLoopback(hostname: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[?::1\]?|::ffff:127\.\d+\.\d+\.\d+|localhost)$/i.test(hostname);
}
