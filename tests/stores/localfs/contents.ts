import { latin1 } from "../../helpers/random.ts";

/** The octets of the message with this guid, in two chunks. */
export function contentOf(guid: string): Uint8Array[] {
  return [latin1(`Subject: ${guid}\r\n\r\n`), latin1(`${guid}\r\n`.repeat(300))];
}
