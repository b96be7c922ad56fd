/**
 * TLS to a server whose self-signed certificate is marked as that of a CA, as plain
 * `openssl req -x509` makes them. The TLS library of Deno refuses such a certificate even where it
 * is trusted, so here it is compared, octet by octet, with those that the user gave.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { connect as connectTcp, isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { toConnectionError } from "./deno_errors.ts";
import { CertificateError, ConnectionError } from "./errors.ts";
import { NodeTransport } from "./node_transport.ts";
import { derOf } from "./tls.ts";
import type { ClientTlsOptions, Transport } from "./transport.ts";

/** Where to connect to, and how. */
export interface PinnedOptions {
  readonly hostname: string;
  readonly port: number;
  /** With it, TLS from the first octet on; else `startTls` does it later, and pins then. */
  readonly tls?: ClientTlsOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether this Deno can be trusted with it. Anybody can show a certificate; that a server has the
 * key to it is proven by a signature in the handshake, and the `node:tls` of older Denos does not
 * check that either once it is told not to reject certificates (measured: 2.4.2 and 2.6.8 take a
 * wrong signature, 2.7.14, 2.8.0, 2.9.0 and 2.9.6 refuse it).
 */
export function canPin(version: string = Deno.version.deno): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 8);
}

/**
 * Connects; TLS succeeds only with a certificate that is one of `caCerts`, within its dates, and
 * bears the name.
 *
 * @throws {CertificateError} if the certificate is another one, or is not right.
 * @throws {ConnectionError}
 */
export function connectPinned(options: PinnedOptions): Promise<Transport> {
  return connectByNode(options, upgrade);
}

/** Connects with `node:net`; `upgrade` is what its transport does to start TLS. */
export async function connectByNode(
  options: PinnedOptions,
  upgrade: (socket: Socket, options: ClientTlsOptions) => Promise<Socket>,
): Promise<Transport> {
  const { hostname, port, tls, signal } = options;
  signal?.throwIfAborted();
  const socket = connectTcp({ host: hostname, port }).on("error", ignore);
  const stop = (): void => void socket.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await happening(socket, "connect");
    const transport = new NodeTransport(socket, upgrade);
    if (tls !== undefined) await transport.startTls(tls);
    return transport;
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw toConnectionError(error, `connect to ${hostname}:${port}`);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function upgrade(socket: Socket, options: ClientTlsOptions): Promise<Socket> {
  return startUnchecked(socket, options, (secured) => mustBePinned(secured, options));
}

/** TLS with whatever certificate there is; `check` decides about it before an octet is sent. */
export async function startUnchecked(
  socket: Socket,
  { hostname }: ClientTlsOptions,
  check: (secured: TLSSocket) => void,
): Promise<Socket> {
  const secured = connectTls({
    socket,
    // The library would refuse, without saying what it has seen.
    rejectUnauthorized: false,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  }).on("error", ignore);
  try {
    await happening(secured, "secureConnect");
    check(secured);
    return secured;
  } catch (error) {
    secured.destroy();
    throw error;
  }
}

/** @throws {CertificateError} unless the peer's certificate is one of those given, and right. */
function mustBePinned(secured: TLSSocket, { hostname, caCerts = [] }: ClientTlsOptions): void {
  const shown: Uint8Array | undefined = secured.getPeerCertificate().raw;
  const what = `Cannot start TLS with ${hostname}`;
  if (shown === undefined || !caCerts.some((pem) => isSame(shown, derOf(pem, "--tls-ca")))) {
    throw new CertificateError(
      `${what}: its self-signed certificate is not the one that was given with --tls-ca.`,
    );
  }
  const certificate = new X509Certificate(shown);
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  // A date that cannot be read compares as false, so this asks for what must hold.
  if (!(from <= Date.now() && Date.now() <= to)) {
    throw new CertificateError(
      `${what}: its certificate is valid from ${certificate.validFrom} to ${certificate.validTo}.`,
    );
  }
  const names = isIP(hostname) === 0
    ? certificate.checkHost(hostname)
    : certificate.checkIP(hostname);
  if (names === undefined) {
    const bears = certificate.subjectAltName ?? certificate.subject;
    throw new CertificateError(
      `${what}: its certificate is for ${bears}, and we asked for ${hostname}. Connect to a name ` +
        "that it bears, if that is the right server.",
    );
  }
  // What a Deno says that has checked all the rest, the handshake's signature included.
  const onlySelfSigned = String(secured.authorizationError) === "DEPTH_ZERO_SELF_SIGNED_CERT";
  if (!onlySelfSigned && !secured.isSessionReused()) {
    throw new CertificateError(`${what}: ${secured.authorizationError ?? "it was not checked"}.`);
  }
}

/** An error without any listener would end the process; those who wait have one of their own. */
function ignore(): void {}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/** Waits for an event of a socket, or for its failure. */
function happening(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => {
      reject(new ConnectionError("lost", "Cannot go on: the connection was closed."));
    };
    const settle = (done: () => void): void => {
      socket.off("error", reject).off("close", closed);
      done();
    };
    socket.once(event, () => settle(resolve));
    socket.once("error", reject);
    socket.once("close", closed);
  });
}
