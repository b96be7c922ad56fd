/** All parts behind each other, in a new buffer. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The UTF-8 octets of a text, in a buffer that a request may have as its body. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  // Deno 2.4 does not tell what kind of buffer an encoder uses.
  return new Uint8Array(new TextEncoder().encode(text));
}
