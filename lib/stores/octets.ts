/** The UTF-8 octets of a text, in a buffer that a request may have as its body. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  // Deno 2.4 does not tell what kind of buffer an encoder uses.
  return new Uint8Array(new TextEncoder().encode(text));
}
