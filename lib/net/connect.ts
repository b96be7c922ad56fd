/**
 * Where the connections of a client come from.
 *
 * @module
 */

import { isCertificateOfCa, isOfUnknownIssuer, toConnectionError } from "./deno_errors.ts";
import { denoTransport } from "./deno_transport.ts";
import type { ClientTlsOptions, Transport } from "./transport.ts";

/** What {@linkcode connect} needs to know. */
export interface ConnectOptions {
  /** A host name or an IP address (IPv6 with or without brackets). */
  readonly hostname: string;
  /** 1 to 65535. */
  readonly port: number;
  /** With it, TLS from the first octet on. */
  readonly tls?: ClientTlsOptions | undefined;
  /** Ends the attempt; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** A connection to there from {@linkcode openTcp}, begun already; it is used up. */
  readonly tcp?: Promise<Transport> | undefined;
}

/**
 * Connects by TCP and, where asked, does the TLS handshake before it resolves.
 *
 * @throws {ConnectionError} `refused`, `unknown-host`, `unreachable`, `denied`, `tls`, `lost`.
 * @throws {CertificateError} if the peer's certificate is not to be trusted.
 */
export async function connect(options: ConnectOptions): Promise<Transport> {
  const { hostname, port, tls, signal, tcp = openTcp(hostname, port, signal) } = options;
  const transport = await unlessAborted(tcp, signal, (late) => late.close());
  if (tls === undefined) return transport;
  const stop = (): void => transport.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await transport.startTls(tls);
    signal?.throwIfAborted();
    return transport;
  } catch (error) {
    transport.close();
    signal?.throwIfAborted();
    return await connectAfterRefusal(options, error, tls);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/**
 * Connects once more after TLS failed with `refusal`, in the two cases where that helps: the
 * certificate is self-signed, marked as that of a CA, and among `tls.caCerts`; or nobody knows who
 * issued it: then TLS fails again, and the error says who it was. Without `options.tls` the
 * connection is in plain text until its `startTls`, as STLS wants it.
 *
 * @throws `refusal` in every other case.
 */
export async function connectAfterRefusal(
  options: ConnectOptions,
  refusal: unknown,
  tls: ClientTlsOptions,
): Promise<Transport> {
  const hostname = withoutBrackets(options.hostname);
  // Loaded here and not before: hardly anybody needs it, and `node:tls` takes its time.
  if (isOfUnknownIssuer(refusal)) {
    const { canLook, connectToLook } = await import("./untrusted_tls.ts");
    if (!canLook()) throw refusal;
    return await connectToLook({ ...options, hostname }, refusal);
  }
  if (!isCertificateOfCa(refusal) || (tls.caCerts ?? []).length === 0) throw refusal;
  const { canPin, connectPinned } = await import("./pinned_tls.ts");
  if (!canPin()) throw refusal;
  return await connectPinned({ ...options, hostname });
}

/**
 * Connects by TCP, and does nothing with it.
 *
 * @throws {ConnectionError} `refused`, `unknown-host`, `unreachable`, `denied`.
 */
export async function openTcp(
  hostname: string,
  port: number,
  signal?: AbortSignal,
): Promise<Transport> {
  const what = `connect to ${hostname}:${port}`;
  signal?.throwIfAborted();
  const attempt = Deno.connect({
    hostname: withoutBrackets(hostname),
    port,
    // A program that has given up must not wait for a peer that does not answer.
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    return denoTransport(await unlessAborted(attempt, signal, (late) => late.close()));
  } catch (error) {
    signal?.throwIfAborted();
    throw toConnectionError(error, what);
  }
}

/**
 * Deno's own promise may wait for ever after an abort, or as long as a name does not resolve. A
 * connection that comes after the abort is closed.
 */
function unlessAborted<T>(
  attempt: Promise<T>,
  signal: AbortSignal | undefined,
  discard: (late: T) => void,
): Promise<T> {
  if (signal === undefined) return attempt;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason);
      attempt.then(discard, () => {});
    };
    signal.addEventListener("abort", stop, { once: true });
    attempt.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
}
