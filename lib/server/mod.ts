/**
 * The POP3 server of izypop3.
 *
 * @module
 */

export { Pop3Server, type Pop3ServerOptions } from "./server.ts";
export type { Listener } from "../net/listener.ts";
export { MemoryListener } from "../net/memory_listener.ts";
export type { MemoryTransport } from "../net/memory_transport.ts";
export type { ClientTlsOptions, NetAddress, Transport } from "../net/transport.ts";
