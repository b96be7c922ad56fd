/**
 * The only door to sockets: everything above this floor reads and writes octets through a
 * {@linkcode Transport}, and a memory pair stands in for it in tests.
 *
 * @module
 */

/** One end of a connection. */
export interface NetAddress {
  /** An IP address or host name. */
  readonly hostname: string;
  /** The port, 1 to 65535 (0 where the transport has none). */
  readonly port: number;
}

/** What a client needs to know to upgrade a connection to TLS. */
export interface ClientTlsOptions {
  /** The name that the certificate must bear. */
  readonly hostname: string;
  /** Certificates in PEM form that are trusted beside the system's. */
  readonly caCerts?: readonly string[];
}

/** What a TLS handshake agreed on. */
export interface TlsFacts {
  /** `TLSv1.2`, `TLSv1.3`. */
  readonly version: string;
  /** The cipher suite's name in IANA's list. */
  readonly cipher: string;
}

/** Who is told that a write gets on; a {@linkcode Deadline} is one. */
export interface Progress {
  /** More octets were taken over by the system. */
  reset(): void;
}

/** An ordered stream of octets in both directions. */
export interface Transport {
  /** Our end. */
  readonly local: NetAddress;
  /** The peer's end. */
  readonly remote: NetAddress;
  /** Whether what is read and written is protected by TLS now. */
  readonly secure: boolean;
  /** What the TLS handshake agreed on, where the transport can tell. */
  readonly tlsFacts?: TlsFacts | undefined;
  /**
   * Reads at least one octet into `into` and resolves to how many; 0 at the end of the stream.
   *
   * @throws {ConnectionError} of kind `lost` if the connection broke or was closed on our side.
   */
  read(into: Uint8Array): Promise<number>;
  /**
   * Writes all of `octets`. One write at a time; the buffer must stay unchanged until it is done.
   * `progress` hears of each part that has gone out, where the transport can tell.
   *
   * @throws {ConnectionError} of kind `lost` if the connection broke or was closed on our side.
   */
  write(octets: Uint8Array, progress?: Progress): Promise<void>;
  /**
   * Client side: upgrades to TLS in place; no read may be pending.
   *
   * @throws {CertificateError} if the peer's certificate is not to be trusted.
   * @throws {ConnectionError} of kind `tls` if the handshake fails for another reason.
   */
  startTls(options: ClientTlsOptions): Promise<void>;
  /**
   * Ends our direction of the stream: the peer reads what is under way, then its end, and may
   * still write. Harmless when the connection is gone. Transports that cannot do it lack it.
   */
  closeWrite?(): void | Promise<void>;
  /** Closes at once; harmless when called twice. A pending read ends with an error or 0. */
  close(): void;
  /** There where the system holds on to a socket that was closed: resolves when it lets go. */
  readonly released?: Promise<void> | undefined;
}
