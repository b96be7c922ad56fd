/**
 * The errors of Deno's network calls, and of the TLS library behind them, told apart by what the
 * user can do about them.
 *
 * @module
 */

import { CertificateError, ConnectionError, TimeoutError } from "./errors.ts";
import type { ConnectionErrorKind } from "./errors.ts";

/** What an error looks like, and what we make of it. */
interface Row {
  /** Names of `Deno.errors` classes. */
  readonly names?: readonly string[];
  /** A part of the text, for what Deno gives no class. */
  readonly text?: RegExp;
  readonly kind: ConnectionErrorKind;
  readonly advice: string;
}

const CONNECT_ROWS: readonly Row[] = [
  {
    names: ["ConnectionRefused"],
    kind: "refused",
    advice: "nobody listens there, or a firewall refuses. Check the host, the port and --tls.",
  },
  {
    text: /failed to lookup|not known|nodename nor servname|no such host|dns error/i,
    kind: "unknown-host",
    advice: "no such host is known. Check its spelling and the network.",
  },
  {
    text: /invalid (empty )?host/i,
    kind: "unknown-host",
    advice: "this is not a host name or an address.",
  },
  {
    names: ["TimedOut"],
    kind: "unreachable",
    advice: "it does not answer. Check the host and the port; a firewall may drop the packets.",
  },
  {
    names: ["NetworkUnreachable", "HostUnreachable"],
    text: /no route to host|unreachable/i,
    kind: "unreachable",
    advice: "there is no way to it from here. Check the network, or a VPN that it needs.",
  },
  {
    names: ["AddrInUse"],
    kind: "in-use",
    advice: "another program uses that port already. End it, or choose another --port " +
      "(0 picks a free one).",
  },
  {
    names: ["AddrNotAvailable"],
    kind: "unknown-host",
    advice: "this machine has no such address.",
  },
  {
    names: ["NotCapable"],
    kind: "denied",
    advice: "Deno was not given the permission. Run it with --allow-net.",
  },
  {
    names: ["PermissionDenied"],
    kind: "denied",
    advice: "the system does not allow it. Ports below 1024 often need special rights: choose " +
      "another --port.",
  },
  {
    text: /received corrupt message|InvalidContentType|InvalidMessage/,
    kind: "tls",
    advice: "what answers there is not TLS. Use --stls, which begins in plain text, or the port " +
      "for TLS (POP3: 995).",
  },
  {
    text: /fatal alert: (ProtocolVersion|HandshakeFailure|InsufficientSecurity)|PeerIncompatible/,
    kind: "tls",
    advice: "the two ends have no common way to encrypt; at least TLS 1.2 is needed.",
  },
  {
    text: /received fatal alert|invalid.*handshake|InappropriateHandshakeMessage|PeerMisbehaved/,
    kind: "tls",
    advice: "the TLS handshake failed.",
  },
  {
    names: [
      "ConnectionReset",
      "ConnectionAborted",
      "BrokenPipe",
      "UnexpectedEof",
      "NotConnected",
      "Interrupted",
      "BadResource",
    ],
    text: /unexpected end of file|close_notify|operation canceled/i,
    kind: "lost",
    advice: "the connection was lost.",
  },
];

/**
 * Makes a typed error of what Deno threw. The message reads `Cannot <what>: reason`, so `what` is
 * for example `connect to pop.example.org:110` or `listen on 127.0.0.1:110`. Errors that are typed
 * already, and an abort by the caller, are given back as they are; the original is the `cause`.
 */
export function toConnectionError(error: unknown, what: string): Error {
  if (error instanceof ConnectionError || error instanceof CertificateError) return error;
  if (error instanceof TimeoutError) return error;
  if (!(error instanceof Error)) {
    return new ConnectionError("lost", `Cannot ${what}: ${String(error)}`);
  }
  if (error.name === "AbortError") return error;
  const certificate = certificateAdvice(error.message);
  if (certificate !== undefined) {
    return new CertificateError(`Cannot ${what}: ${certificate}`, { cause: error });
  }
  const row = CONNECT_ROWS.find((row) => fits(row, error));
  if (row === undefined) {
    return new ConnectionError("lost", `Cannot ${what}: ${error.message}`, { cause: error });
  }
  return new ConnectionError(row.kind, `Cannot ${what}: ${row.advice}`, { cause: error });
}

function fits(row: Row, error: Error): boolean {
  return row.names?.includes(error.name) === true || row.text?.test(error.message) === true;
}

/**
 * Whether a certificate was refused because it is a CA's own: what plain `openssl req -x509`
 * makes, and rustls never takes for a server, even when told to trust it.
 */
export function isCertificateOfCa(error: unknown): boolean {
  return error instanceof CertificateError && error.cause instanceof Error &&
    error.cause.message.includes("CaUsedAsEndEntity");
}

/** Whether a certificate was refused because nobody knows who issued it. */
export function isOfUnknownIssuer(error: unknown): boolean {
  return error instanceof CertificateError && error.cause instanceof Error &&
    error.cause.message.includes("UnknownIssuer");
}

const PEER_CERTIFICATE = "invalid peer certificate: ";

/** What is wrong with the peer's certificate and what to do, from the text of rustls. */
function certificateAdvice(text: string): string | undefined {
  const at = text.indexOf(PEER_CERTIFICATE);
  if (at < 0) return undefined;
  const reason = text.slice(at + PEER_CERTIFICATE.length);
  if (reason.includes("UnknownIssuer")) {
    return "its certificate was issued by nobody whom this machine trusts. If it is right, give " +
      "the certificate, or that of its CA, with --tls-ca FILE.";
  }
  if (reason.includes("CaUsedAsEndEntity")) {
    return "its self-signed certificate is marked as that of a CA. If it is right, give it with " +
      '--tls-ca FILE; before Deno 2.8 it must also be made with "basicConstraints=CA:FALSE" ' +
      "(openssl req -x509 … -addext basicConstraints=critical,CA:FALSE).";
  }
  if (/not valid for name|NotValidForName/.test(reason)) return wrongName(reason);
  if (/certificate expired|Expired/.test(reason)) {
    return `its certificate has expired${since(reason, /not valid after (\d+)/)}. Its owner must ` +
      "renew it; also check this machine's clock.";
  }
  if (/not valid yet|NotValidYet/.test(reason)) {
    return `its certificate is not valid yet${since(reason, /not valid before (\d+)/)}. Check ` +
      "this machine's clock.";
  }
  if (/Revoked/.test(reason)) return "its certificate was revoked by its issuer.";
  return `its certificate cannot be trusted (${reason}).`;
}

/** `certificate not valid for name "a"; certificate is only valid for DnsName("b") or …` */
function wrongName(reason: string): string {
  const asked = /name "([^"]*)"/.exec(reason)?.[1];
  const names = [...reason.matchAll(/(?:DnsName|IpAddress)\("?([^")]*)"?\)/g)]
    .map((match) => match[1]);
  const bears = names.length === 0 ? "its certificate bears another name" : "its certificate is " +
    `for ${names.join(", ")}`;
  const wanted = asked === undefined ? "" : `, and we asked for ${asked}`;
  return `${bears}${wanted}. Connect to a name that it bears, if that is the right server.`;
}

/** The date in seconds since the epoch that `pattern` finds, as ` (2021-01-01)`. */
function since(reason: string, pattern: RegExp): string {
  const seconds = pattern.exec(reason)?.[1];
  if (seconds === undefined) return "";
  return ` (${new Date(Number(seconds) * 1000).toISOString().slice(0, 10)})`;
}
