/**
 * From a host name to a conversation that was greeted and, where asked, is encrypted.
 *
 * @module
 */

import { connect, connectAfterRefusal } from "../net/connect.ts";
import type { ConnectOptions } from "../net/connect.ts";
import { isOfUnknownIssuer } from "../net/deno_errors.ts";
import { CertificateError, TimeoutError } from "../net/errors.ts";
import type { ClientTlsOptions, Transport } from "../net/transport.ts";
import { Conversation } from "./conversation.ts";
import { DEFAULT_TIMEOUT_SECONDS, defaultPort } from "./options.ts";
import type { Pop3ClientOptions, SessionOptions } from "./options.ts";
import { Wire } from "./wire.ts";

/** A conversation and what the server said first. */
export interface Greeted {
  readonly conversation: Conversation;
  /** The text behind the first `+OK`. */
  readonly greeting: string;
}

/**
 * Connects and waits for the greeting; with `security: "stls"` it upgrades too. `tcp` is a connection
 * to there that was begun already.
 */
export async function open(options: Pop3ClientOptions, tcp?: Promise<Transport>): Promise<Greeted> {
  const transport = await dial(options, (where) => connect({ ...where, tcp }));
  try {
    return await greet(transport, options);
  } catch (refusal) {
    if (options.security !== "stls") throw refusal;
    // That connection is of no more use; a second one may be able to take the certificate.
    const tls = tlsOptions(options, options.hostname);
    const again = (where: ConnectOptions) => connectAfterRefusal(where, refusal, tls);
    try {
      return await greet(await dial(options, again), options);
    } catch (second) {
      // It was only to learn more about the certificate; what it was refused for still stands.
      throw isOfUnknownIssuer(refusal) && !(second instanceof CertificateError) ? refusal : second;
    }
  }
}

/** Connects, within the time-out; with `security: "tls"` the handshake is done too. */
async function dial(
  options: Pop3ClientOptions,
  via: (where: ConnectOptions) => Promise<Transport>,
): Promise<Transport> {
  const { hostname, security } = options;
  const port = options.port ?? defaultPort(security);
  const seconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new TimeoutError(`Cannot connect to ${hostname}:${port}`, seconds));
  }, seconds * 1000);
  const signals = options.signal === undefined ? [limit.signal] : [limit.signal, options.signal];
  try {
    return await via({
      hostname,
      port,
      signal: AbortSignal.any(signals),
      ...(security === "tls" ? { tls: tlsOptions(options, hostname) } : {}),
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the greeting and, with `security: "stls"`, upgrades; closes the transport if it fails. */
export async function greet(
  transport: Transport,
  options: SessionOptions & { readonly hostname?: string },
): Promise<Greeted> {
  const hostname = options.hostname ?? transport.remote.hostname;
  const peer = `${hostname}:${transport.remote.port}`;
  const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const wire = new Wire(transport, { timeoutSeconds, signal: options.signal, peer });
  const conversation = new Conversation(wire, peer, options.dialogue);
  try {
    const { text } = await greeting(conversation);
    if (options.security === "stls") await conversation.startTls(tlsOptions(options, hostname));
    return { conversation, greeting: text };
  } catch (error) {
    wire.close();
    throw error;
  }
}

async function greeting(conversation: Conversation): Promise<{ readonly text: string }> {
  try {
    return await conversation.greeting();
  } catch (error) {
    if (!(error instanceof TimeoutError) || conversation.secure) throw error;
    throw new TimeoutError(
      `Cannot get the greeting of ${conversation.peer} (a server that wants TLS from the first ` +
        "octet on says nothing in plain text: try --tls)",
      error.seconds,
    );
  }
}

function tlsOptions(options: SessionOptions, hostname: string): ClientTlsOptions {
  return {
    hostname: options.tlsHostname ?? hostname,
    ...(options.caCerts === undefined ? {} : { caCerts: options.caCerts }),
  };
}
