/**
 * What a TLS handshake agreed on, read from the server's hello: the system's TLS does not tell.
 *
 * @module
 */

import type { TlsFacts } from "./transport.ts";

const HANDSHAKE = 22;
const SERVER_HELLO = 2;
const SUPPORTED_VERSIONS = 43;

const VERSIONS: Readonly<Record<number, string>> = { 0x0303: "TLSv1.2", 0x0304: "TLSv1.3" };

/** The suites of rustls, by their IANA numbers. */
const CIPHERS: Readonly<Record<number, string>> = {
  0x1301: "TLS_AES_128_GCM_SHA256",
  0x1302: "TLS_AES_256_GCM_SHA384",
  0x1303: "TLS_CHACHA20_POLY1305_SHA256",
  0xc02b: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  0xc02c: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  0xc02f: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  0xc030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  0xcca8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  0xcca9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
};

/**
 * Reads the first octets that a server sends (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3). A request to try
 * again has the same form and already names both. `undefined` for anything else, an alert say.
 */
export function readServerHello(octets: Uint8Array): TlsFacts | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  try {
    if (view.getUint8(0) !== HANDSHAKE || view.getUint8(5) !== SERVER_HELLO) return undefined;
    // Behind the record's head (5), type and length (4), version (2) and random octets (32).
    const afterSession = 44 + view.getUint8(43);
    const cipher = view.getUint16(afterSession);
    const version = chosenVersion(view, afterSession + 3) ?? view.getUint16(9);
    return {
      version: VERSIONS[version] ?? hex(version),
      cipher: CIPHERS[cipher] ?? hex(cipher),
    };
  } catch (error) {
    // It is shorter than it says.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** RFC 8446 §4.2.1: TLS 1.3 and later are agreed on in an extension. */
function chosenVersion(view: DataView, start: number): number | undefined {
  if (start + 2 > view.byteLength) return undefined;
  const end = Math.min(view.byteLength, start + 2 + view.getUint16(start));
  for (let at = start + 2; at + 4 <= end; at += 4 + view.getUint16(at + 2)) {
    if (view.getUint16(at) === SUPPORTED_VERSIONS) return view.getUint16(at + 4);
  }
  return undefined;
}

function hex(number: number): string {
  return `0x${number.toString(16).padStart(4, "0")}`;
}
