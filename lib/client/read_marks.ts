/**
 * Servers that mark a message as deleted when it is read (RFC 1939 §8 lets them).
 *
 * @module
 */

import { ServerRefusal } from "../protocol/errors.ts";

const DELETES_WHAT_IS_READ = /\bMercuryP\b/i;

/** Whether a server of this greeting is one of them. */
export function deletesWhatIsRead(greeting: string): boolean {
  return DELETES_WHAT_IS_READ.test(greeting);
}

/** Takes those marks back; before the sign-in there are none, and the server says no. */
export async function takeBack(client: { rset(): Promise<void> }): Promise<void> {
  try {
    await client.rset();
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
  }
}
