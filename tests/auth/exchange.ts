/**
 * Both sides of a SASL exchange, without a server between them.
 *
 * @module
 */

import type { ServerMechanism, ServerStep } from "../../lib/auth/server_mechanism.ts";
import type { ClientMechanism } from "../../lib/protocol/sasl.ts";

/** How an exchange ended. */
export interface Ending {
  /** Any step but a challenge. */
  readonly step: ServerStep;
  /** How many challenges the server sent. */
  readonly challenges: number;
}

/** Runs an exchange as POP3 does; `late` sends the first response only when asked for it. */
export async function exchange(
  client: ClientMechanism,
  server: ServerMechanism,
  late = false,
): Promise<Ending> {
  let waiting = client.initial;
  let step = await server.step(late ? undefined : client.initial);
  if (!late) waiting = undefined;
  let challenges = 0;
  while (step.kind === "challenge") {
    challenges++;
    const response = waiting ?? await client.respond(step.data);
    waiting = undefined;
    step = await server.step(response);
  }
  if (step.kind === "done") client.verifyEnd();
  return { step, challenges };
}

/** `text` in UTF-8. */
export function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
