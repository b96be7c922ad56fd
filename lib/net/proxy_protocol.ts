/**
 * HAProxy's PROXY protocol, versions 1 and 2: the header by which a balancer tells whose connection
 * it passes on. This is the reader, without sockets.
 *
 * @module
 */

import { PROXY_LINE_LIMIT } from "../protocol/limits.ts";
import { addressGroups, addressText, ipv4Numbers, ipv6Groups } from "./ip_address.ts";
import type { NetAddress } from "./transport.ts";

/** What came is no header of the PROXY protocol. */
export class ProxyHeaderError extends Error {
  /** `ProxyHeaderError`. */
  override readonly name = "ProxyHeaderError";
}

/** What a header says. */
export interface ProxyHeader {
  /** 1: text; 2: binary. */
  readonly version: 1 | 2;
  /**
   * The client at the other side of the proxy; `undefined` where the connection's own ends count:
   * a health check (LOCAL), an unknown protocol, a client on a socket of the proxy's own machine.
   */
  readonly source: NetAddress | undefined;
}

/** What a text header begins with. */
const TEXT_START = Uint8Array.from("PROXY ", (letter) => letter.charCodeAt(0));

/** What a binary header begins with (§2.2): nothing that a client of ours could say. */
const BINARY_START = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10);

/** The start, version and command, family, and two octets that tell the length of the rest. */
const BINARY_FIXED = 16;

/** Octets of the two addresses and ports, by address family. */
const ADDRESS_OCTETS = { unspecified: 0, inet: 12, inet6: 36, unix: 216 } as const;

const FAMILIES = ["unspecified", "inet", "inet6", "unix"] as const;

const CR = 13;
const LF = 10;

/**
 * Reads one header, in portions of any size. It holds no more than {@linkcode PROXY_LINE_LIMIT}
 * octets, however long the header is.
 */
export class ProxyHeaderReader {
  readonly #held = new Uint8Array(PROXY_LINE_LIMIT);
  #length = 0;
  /** Octets of a binary header that nobody needs. */
  #toSkip = 0;
  #found: ProxyHeader | undefined;

  /** What the header says, once all of it is there. */
  get header(): ProxyHeader | undefined {
    return this.#toSkip === 0 ? this.#found : undefined;
  }

  /** Whether no octet has come so far. */
  get isUntouched(): boolean {
    return this.#length === 0;
  }

  /**
   * Takes a portion; gives how many of its octets belong to the header. The others are the client's.
   *
   * @throws {ProxyHeaderError} as soon as it is clear that this becomes no valid header.
   */
  push(octets: Uint8Array): number {
    let used = 0;
    while (used < octets.length && this.header === undefined) {
      if (this.#toSkip === 0) {
        this.#take(octets[used++] ?? 0);
      } else {
        const skipped = Math.min(this.#toSkip, octets.length - used);
        this.#toSkip -= skipped;
        used += skipped;
      }
    }
    return used;
  }

  #take(octet: number): void {
    const at = this.#length++;
    this.#held[at] = octet;
    const isBinary = this.#held[0] === CR;
    const start = isBinary ? BINARY_START : TEXT_START;
    if (at < start.length) {
      if (octet !== start[at]) throw invalid("it begins with something else");
    } else if (isBinary) this.#takeBinary();
    else this.#takeText(octet);
  }

  #takeText(octet: number): void {
    const before = this.#held[this.#length - 2];
    if (octet === LF && before === CR) {
      const line = String.fromCharCode(...this.#held.subarray(0, this.#length - 2));
      this.#found = { version: 1, source: readLine(line) };
    } else if (octet === LF || before === CR) {
      throw invalid("CR and LF must end its line, together");
    } else if (this.#length === PROXY_LINE_LIMIT) {
      throw invalid(`its line is longer than ${PROXY_LINE_LIMIT} octets`);
    }
  }

  #takeBinary(): void {
    if (this.#length < BINARY_FIXED) return;
    const view = new DataView(this.#held.buffer);
    const rest = view.getUint16(14);
    if (this.#length === BINARY_FIXED) checkFixed(view, rest);
    const needed = Math.min(rest, ADDRESS_OCTETS.inet6);
    if (this.#length < BINARY_FIXED + needed) return;
    this.#found = { version: 2, source: readAddresses(view) };
    // Addresses of files, and extensions (§2.2.1 and later) that concern nobody here.
    this.#toSkip = rest - needed;
  }
}

/** §2.1: one space between its parts, and numbers without zeros before them. */
function readLine(line: string): NetAddress | undefined {
  const [, family, ...words] = line.split(" ");
  // Whatever stands behind it is to be ignored.
  if (family === "UNKNOWN") return undefined;
  if (family !== "TCP4" && family !== "TCP6") throw invalid("it is neither TCP4, TCP6 nor UNKNOWN");
  const [source = "", destination = "", sourcePort = "", destinationPort = ""] = words;
  if (words.length !== 4) throw invalid("there must be two addresses and two ports");
  const isAddress = family === "TCP4" ? ipv4Numbers : isPlainIpv6;
  if (!isAddress(source) || !isAddress(destination)) throw invalid(`an address is not ${family}`);
  if (![sourcePort, destinationPort].every(isPort)) throw invalid("a port is no port");
  return { hostname: addressText(addressGroups(source) ?? []), port: Number(sourcePort) };
}

function isPlainIpv6(address: string): boolean {
  return /^[0-9a-f:.]+$/i.test(address) && ipv6Groups(address) !== undefined;
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65535;
}

/** §2.2: values that are not assigned are to be refused. */
function checkFixed(view: DataView, rest: number): void {
  const [version, command] = halves(view.getUint8(12));
  if (version !== 2) throw invalid(`version ${version} is not known`);
  if (command > 1) throw invalid(`command ${command} is not known`);
  // Of a LOCAL connection the proxy says nothing else that counts.
  if (command === 0) return;
  const [family, protocol] = halves(view.getUint8(13));
  const name = FAMILIES[family];
  if (name === undefined) throw invalid(`address family ${family} is not known`);
  if (protocol > 1) throw invalid("it is not about a TCP connection");
  if (rest < ADDRESS_OCTETS[name]) throw invalid("it is too short for its addresses");
}

function readAddresses(view: DataView): NetAddress | undefined {
  const [, command] = halves(view.getUint8(12));
  const [family, protocol] = halves(view.getUint8(13));
  if (command === 0 || protocol === 0) return undefined;
  const at = BINARY_FIXED;
  if (FAMILIES[family] === "inet") {
    const groups = [0, 0, 0, 0, 0, 0xffff, view.getUint16(at), view.getUint16(at + 2)];
    return { hostname: addressText(groups), port: view.getUint16(at + 8) };
  }
  if (FAMILIES[family] === "inet6") {
    const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(at + 2 * index));
    return { hostname: addressText(groups), port: view.getUint16(at + 32) };
  }
  return undefined;
}

/** The upper and the lower four bits. */
function halves(octet: number): readonly [upper: number, lower: number] {
  return [octet >> 4, octet & 15];
}

function invalid(reason: string): ProxyHeaderError {
  return new ProxyHeaderError(`Cannot read the PROXY header: ${reason}.`);
}
