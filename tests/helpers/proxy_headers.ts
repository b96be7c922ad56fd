/**
 * Headers of the PROXY protocol, made by hand.
 *
 * @module
 */

import { concat, latin1 } from "./random.ts";

const SIGNATURE = latin1("\r\n\r\n\0\r\nQUIT\n");

/** A header of version 2. */
export function binaryHeader(
  versionAndCommand: number,
  family: number,
  body: Uint8Array,
  length: number = body.length,
): Uint8Array {
  const fixed = Uint8Array.of(versionAndCommand, family, length >> 8, length & 0xff);
  return concat([SIGNATURE, fixed, body]);
}

/** Two IPv4 addresses and ports, and extensions. */
export function ipv4Body(source: readonly number[], port: number, more: number = 0): Uint8Array {
  const ports = [port >> 8, port & 0xff, 0, 110];
  return concat([Uint8Array.from([...source, 10, 0, 0, 1, ...ports]), extension(more)]);
}

/** Two IPv6 addresses, as eight numbers each, and ports, and extensions. */
export function ipv6Body(source: readonly number[], port: number, more: number = 0): Uint8Array {
  const body = new Uint8Array(36);
  const view = new DataView(body.buffer);
  source.forEach((group, index) => view.setUint16(2 * index, group));
  view.setUint16(32, port);
  view.setUint16(34, 110);
  return concat([body, extension(more)]);
}

/** An extension (§2.2.6, a no-op) of so many octets, of which some look like line ends. */
function extension(length: number): Uint8Array {
  if (length < 3) return new Uint8Array(length);
  const value = new Uint8Array(length - 3).map((_, index) => index % 3 === 0 ? 13 : 10);
  return concat([Uint8Array.of(4, value.length >> 8, value.length & 0xff), value]);
}
