/**
 * A connection that came through a proxy, as if the client had made it itself.
 *
 * @module
 */

import { ConnectionError } from "./errors.ts";
import { ProxyHeaderError, ProxyHeaderReader } from "./proxy_protocol.ts";
import type { ClientTlsOptions, NetAddress, Progress, Transport } from "./transport.ts";

/** One read while the header is awaited: it, and the first words of a client in a hurry. */
const HEADER_READ = 1024;

/**
 * Reads the PROXY header in front of what the client says; the transport given back has the
 * client's address, and begins with what came behind the header. To give up, close `plain`.
 *
 * @throws {ProxyHeaderError} if there is no valid header; the connection is still open then.
 * @throws {ConnectionError} `lost` if the connection ends or breaks before it.
 */
export async function readProxyHeader(plain: Transport): Promise<Transport> {
  const reader = new ProxyHeaderReader();
  const octets = new Uint8Array(HEADER_READ);
  for (;;) {
    const count = await plain.read(octets);
    if (count === 0) throw endedEarly(reader);
    const used = reader.push(octets.subarray(0, count));
    const { header } = reader;
    if (header === undefined) continue;
    if (header.source === undefined && used === count) return plain;
    return new ProxiedTransport(plain, header.source ?? plain.remote, octets.subarray(used, count));
  }
}

function endedEarly(reader: ProxyHeaderReader): Error {
  return reader.isUntouched
    ? new ConnectionError("lost", "The proxy closed the connection without a word.")
    : new ProxyHeaderError("Cannot read the PROXY header: it broke off.");
}

class ProxiedTransport implements Transport {
  readonly local: NetAddress;
  readonly remote: NetAddress;
  readonly #plain: Transport;
  /** What came with the header and is the client's. */
  #rest: Uint8Array | undefined;

  constructor(plain: Transport, remote: NetAddress, rest: Uint8Array) {
    this.#plain = plain;
    this.#rest = rest.length === 0 ? undefined : rest;
    this.local = plain.local;
    this.remote = remote;
  }

  get secure(): boolean {
    return this.#plain.secure;
  }

  read(into: Uint8Array): Promise<number> {
    const rest = this.#rest;
    if (rest === undefined) return this.#plain.read(into);
    const part = rest.subarray(0, into.length);
    into.set(part);
    this.#rest = part.length < rest.length ? rest.subarray(part.length) : undefined;
    return Promise.resolve(part.length);
  }

  write(octets: Uint8Array, progress?: Progress): Promise<void> {
    return this.#plain.write(octets, progress);
  }

  startTls(options: ClientTlsOptions): Promise<void> {
    return this.#plain.startTls(options);
  }

  async closeWrite(): Promise<void> {
    await this.#plain.closeWrite?.();
  }

  close(): void {
    this.#rest = undefined;
    this.#plain.close();
  }

  get released(): Promise<void> | undefined {
    return this.#plain.released;
  }
}
